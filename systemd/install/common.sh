# Sourced by install, uninstall and the maintainer scripts of the package: what they share.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

OPT=/opt/repclip
CONFIG=/etc/repclip/config.toml
STATE=/var/lib/repclip
DASHBOARD_STATE=/var/lib/private/repclip-dashboard
BROKER_CONF=/etc/mosquitto/conf.d/repclip.conf
BROKER_ACL=/etc/mosquitto/repclip.acl
BROKER_UNIT=/etc/systemd/system/mosquitto.service.d/repclip.conf

say() {
    echo "repclip: $*"
}

fail() {
    echo "repclip: $*" >&2
    exit 1
}

# A system that is not running (an image that is being made) has nothing to start.
is_running() {
    [[ -d /run/systemd/system ]]
}

# Usage: quietly WHAT COMMAND...: its output is shown only if it fails, then WHAT.
quietly() {
    local what=$1 log
    shift
    log=$(mktemp)
    if ! "$@" < /dev/null > "$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "$what"
    fi
    rm -f "$log"
}

check_system() {
    local machine version python free_mb
    machine=$(dpkg --print-architecture 2> /dev/null) || fail "This is made for Raspberry Pi OS and Debian, and there is no dpkg here."
    [[ $machine == arm64 || $machine == amd64 ]] ||
        fail "repclip needs a 64-bit system and this one is $machine: write Raspberry Pi OS (64-bit) onto the card."
    version=$(systemctl --version 2> /dev/null | sed -n '1s/[^0-9]*\([0-9]*\).*/\1/p')
    [[ ${version:-0} -ge 252 ]] ||
        fail "repclip needs systemd 252 or newer, this system has ${version:-none}: use Debian 12 or newer."
    python=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2> /dev/null) ||
        fail "There is no python3: run apt-get install python3, then try again."
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "repclip needs Python 3.11 or newer, python3 is $python: use Debian 12 or newer."
    mkdir -p "$OPT" 2> /dev/null || fail "$OPT cannot be written: is the card read-only?"
    free_mb=$(df --output=avail --block-size=1M "$OPT" | tail -n 1)
    ((free_mb >= 700)) || fail "$OPT has $free_mb MB left and 700 are needed: make room, then try again."
}

# Whether it is installed and set up; one that apt has only unpacked so far is not.
has_package() {
    dpkg-query --show --showformat='${db:Status-Status}' "$1" 2> /dev/null | grep -qx installed
}

# Usage: need_packages PACKAGE...: installs those that are missing.
need_packages() {
    local package missing=()
    for package in "$@"; do
        has_package "$package" || missing+=("$package")
    done
    ((${#missing[@]} == 0)) && return
    say "Installing ${missing[*]} with apt-get"
    apt-get update > /dev/null 2>&1 || true
    quietly "apt-get could not install ${missing[*]}: see above, check the network, and try again." \
        env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
}

# Usage: make_environment SOURCE [WHEELS]
# A new virtual environment beside the one in use, which is untouched until this one has been tried.
make_environment() {
    local source=$1 wheels=${2:-} from=(--prefer-binary)
    mkdir -p "$OPT/releases"
    RELEASE=$(mktemp -d "$OPT/releases/XXXXXXXX")
    chmod 755 "$RELEASE"
    trap 'rm -rf "$RELEASE"' EXIT
    say "Installing into $RELEASE (a minute or two)"
    quietly "No virtual environment could be made: see above." python3 -m venv "$RELEASE"
    [[ -z $wheels ]] || from=(--no-index --find-links "$wheels")
    quietly "The Python packages could not be installed: see above, ${wheels:+"look whether $wheels is for this Python, "}check the network, and try again." \
        "$RELEASE/bin/python" -m pip install --disable-pip-version-check --no-cache-dir "${from[@]}" "${source}[dashboard]"
    quietly "What was installed does not run: see above." "$RELEASE/bin/repclip" --version
}

# What runs from now on; PREVIOUS is what ran before.
use_environment() {
    PREVIOUS=$(readlink "$OPT/current" || true)
    # In this order: what is in use is never removed, whenever this is interrupted.
    trap - EXIT
    point_to "releases/${RELEASE##*/}"
}

point_to() {
    ln -sfn "$1" "$OPT/current.new"
    mv -T "$OPT/current.new" "$OPT/current"
}

make_user() {
    systemd-sysusers repclip.conf
    systemd-tmpfiles --create repclip.conf
}

# Usage: make_settings BROKER
# The file is written once, then it is its owner's. Whether the new version takes it is asked before that is used.
make_settings() {
    local broker=$1 new=$CONFIG.new
    if [[ -e $CONFIG ]]; then
        "$RELEASE/bin/repclip" config check "$CONFIG" > /dev/null ||
            fail "Nothing was changed: mend what is said above, then try again."
        return
    fi
    mkdir -p "${CONFIG%/*}"
    # Whoever interrupts this finds no half of it.
    rm -f "$new"
    quietly "$CONFIG could not be written: see above." "$RELEASE/bin/repclip" config init "$new"
    if [[ $broker != none ]]; then
        sed -i 's|^#host = "localhost"$|host = "localhost"|' "$new"
        grep -qx 'host = "localhost"' "$new" || fail "The settings have no line for the broker: look into $new."
    fi
    mv "$new" "$CONFIG"
}

# Usage: broker_setting NAME < SETTINGS: what they say of the broker, without quotes; empty if nothing.
broker_setting() {
    sed -n "/^\[broker\]/,/^\$/s/^$1 = \"\{0,1\}\([^\" ]*\).*/\1/p"
}

# Whether it is one that nothing else is said of: on this computer, not encrypted, on the usual port.
broker_is_here() {
    local shown host port
    shown=$("$OPT/current/bin/repclip" config show "$CONFIG")
    host=$(broker_setting host <<< "$shown")
    port=$(broker_setting port <<< "$shown")
    [[ $(broker_setting tls <<< "$shown") != true && -z $(broker_setting ca <<< "$shown") ]] || return 1
    # A port that stands with the host goes before one that stands alone.
    [[ $host =~ :1883$ ]] || [[ ${port:-1883} == 1883 ]] || return 1
    [[ $host =~ ^(localhost|127\.0\.0\.1|\[::1\])(:1883)?$ || $host == ::1 ]]
}

# Usage: set_up_broker FOLDER, which holds repclip.conf, repclip.acl and unit.conf
set_up_broker() {
    local others
    [[ -e $BROKER_CONF ]] && return
    others=$(grep -lsE '^[[:space:]]*(listener|port|bind_address)[[:space:]]' \
        /etc/mosquitto/mosquitto.conf /etc/mosquitto/conf.d/*.conf) || true
    if [[ -n $others ]]; then
        say "mosquitto is set up already (${others//$'\n'/, }) and is left as it is."
        return
    fi
    # The list of rights goes first: mosquitto does not start with settings that name one that is not there.
    [[ -e $BROKER_ACL ]] || install -D --mode=644 "$1/repclip.acl" "$BROKER_ACL"
    [[ -e $BROKER_UNIT ]] || install -D --mode=644 "$1/unit.conf" "$BROKER_UNIT"
    install -D --mode=644 "$1/repclip.conf" "$BROKER_CONF"
    # Set up later, mosquitto finds its settings and starts by itself.
    has_package mosquitto || return 0
    systemctl --quiet enable mosquitto.service
    is_running || return 0
    systemctl daemon-reload
    if ! systemctl restart mosquitto.service; then
        rm -f "$BROKER_CONF"
        systemctl restart mosquitto.service || true
        fail "mosquitto does not start with $BROKER_CONF, which was taken back: journalctl -u mosquitto says why."
    fi
}

# Usage: take_back_broker FOLDER: what nobody has changed goes.
take_back_broker() {
    local gone=no
    if cmp -s "$1/unit.conf" "$BROKER_UNIT"; then
        rm -f "$BROKER_UNIT"
        rmdir "${BROKER_UNIT%/*}" 2> /dev/null || true
    fi
    if cmp -s "$1/repclip.conf" "$BROKER_CONF"; then
        rm -f "$BROKER_CONF"
        gone=yes
    fi
    [[ -e $BROKER_CONF ]] || { cmp -s "$1/repclip.acl" "$BROKER_ACL" && rm -f "$BROKER_ACL"; } || true
    if [[ $gone == yes ]] && is_running; then
        systemctl daemon-reload
        systemctl try-restart mosquitto.service || true
    fi
}

# On a Raspberry Pi only. MODEL_FILE and BOOT_FOLDER are for trying it elsewhere.
switch_on_i2c() {
    local model=${MODEL_FILE:-/sys/firmware/devicetree/base/model} boot=${BOOT_FOLDER:-/boot/firmware} settings
    grep -aqs 'Raspberry Pi' "$model" || return 0
    settings=$boot/config.txt
    [[ -e $settings ]] || settings=/boot/config.txt
    if grep -qsE '^dtparam=(.*,)?i2c(_arm)?(=on)?(,|$)' "$settings"; then
        return 0
    elif command -v raspi-config > /dev/null; then
        quietly "raspi-config could not switch I2C on: see above." raspi-config nonint do_i2c 0
    elif [[ -w $settings ]]; then
        printf '\n# repclip reads its sensors there.\n[all]\ndtparam=i2c_arm=on\n' >> "$settings"
    else
        fail "There is no config.txt in $boot: put the line dtparam=i2c_arm=on into the Pi's boot settings."
    fi
    say "I2C is switched on. If repclip doctor finds no bus, restart the Pi once: sudo reboot"
}

# Usage: start_units
# What is wrong with a new version ends it: the one before goes on.
start_units() {
    local wanted=() unit
    for unit in repclip.service repclip-dashboard.service; do
        [[ $unit == repclip.service || -n $(broker_setting host) ]] || continue
        # What was enabled once and is not any more was switched off by somebody.
        if grep --quiet --line-regexp --fixed-strings "$unit" "$OPT/enabled" 2> /dev/null; then
            systemctl --quiet is-enabled "$unit" || continue
        else
            systemctl --quiet enable "$unit"
            echo "$unit" >> "$OPT/enabled"
        fi
        wanted+=("$unit")
    done
    is_running || return 0
    systemctl daemon-reload
    udevadm control --reload 2> /dev/null || true
    udevadm trigger --subsystem-match=i2c-dev 2> /dev/null || true
    modprobe --quiet i2c-dev || true
    mapfile -t -O "${#wanted[@]}" wanted < <(running_instances)
    for unit in "${wanted[@]}"; do
        if ! systemctl restart "$unit"; then
            if [[ -n ${PREVIOUS:-} && -d $OPT/$PREVIOUS ]]; then
                point_to "$PREVIOUS"
                systemctl restart "${wanted[@]}" || true
                fail "$unit does not start with the new version, so the one before runs again: journalctl -u $unit says why."
            fi
            fail "$unit does not start: journalctl -u $unit says why."
        fi
    done
}

running_instances() {
    systemctl list-units --plain --no-legend --state=active,activating 'repclip@*.service' | cut -d' ' -f1
}

# Those that start with the computer, whether they run now or not.
enabled_instances() {
    find /etc/systemd/system -path '*.wants/repclip@?*.service' -printf '%f\n' 2> /dev/null | sort --unique
}

stop_units() {
    local instances=()
    mapfile -t instances < <({ running_instances 2> /dev/null || true; enabled_instances; } | sort --unique)
    if is_running; then
        systemctl stop repclip.service repclip-dashboard.service "${instances[@]}" 2> /dev/null || true
    fi
    systemctl --quiet disable repclip.service repclip-dashboard.service "${instances[@]}" 2> /dev/null || true
}

remove_old_environments() {
    local each
    for each in "$OPT"/releases/*; do
        [[ $each == "$OPT/$(readlink "$OPT/current")" ]] || rm -rf "$each"
    done
}

# Settings, calibrations, what waits for the broker, and the user.
purge() {
    rm -rf /etc/repclip "$STATE" "$DASHBOARD_STATE" /var/lib/repclip-dashboard
    rm -f /etc/credstore/repclip-* /etc/credstore.encrypted/repclip-*
    if getent passwd repclip > /dev/null; then
        userdel repclip 2> /dev/null || true
    fi
}
