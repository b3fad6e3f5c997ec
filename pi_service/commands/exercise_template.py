"""Complete exercise files to begin with: `repclip exercises template`."""

from __future__ import annotations

from typing import Final

from pi_service.exercises.model import Kind

_REPS: Final = """\
# An exercise of your own. Change what you like; a line behind a # says nothing to repclip.
id = "my_press"                    # in messages and recordings: small letters, digits, underscores
name = "My press"                  # for people
aliases = ["press of mine"]        # optional: other names
kind = "reps"                      # reps, hold, carry or steps
placements = ["wrist", "bar"]      # or torso: where the counting sensor may sit, the best first
sides = "together"                 # optional: together, or alternating (left, right, left ...)
unseen = ["Where the elbows are."] # optional: what no sensor shows; `repclip exercises show` tells it

[prescription]                     # optional: how much is asked for; one number, or [least, most]
sets = 3
reps = [8, 12]
rest_s = [60, 120]

[counting]                         # optional: hints for the counter
min_rep_s = 0.8                    # what is quicker is no repetition
max_rep_s = 12.0                   # what is slower is none
out_goes = "up"                    # up or down: which way the sensor goes first, if that is always so
out_goes_from_m = 0.2              # ... where it goes at least so far along the vertical

[phases]                           # optional: without it the tempo is told as out and back
out = "lifting"                    # lifting, lowering, or by_height (lifting where the sensor rises)

[rules.lowering]                   # optional: any number of rules
least = 1.5                        # the bound: least, most or both
bound_from = "own default"         # or "asked for", by whoever teaches the exercise
cue = "Let it down slower."
why = "Lowering under control is half of the work."

[rules.range_kept]
least = 0.8
bound_from = "own default"
cue = "All the way again."
why = "A range that shrinks is the first sign of a set that is too long."

[rules.torso]                      # needs a sensor on the torso; otherwise it is inferred
most = 8.0
inferred_most = 14.0               # optional: another bound for what is inferred
bound_from = "own default"
cue = "Keep still: no rocking."
why = "A body that swings takes the work from the arms."
"""

_HOLD: Final = """\
# A pose that is held. Change what you like; a line behind a # says nothing to repclip.
id = "my_plank"
name = "My plank"
kind = "hold"
placements = ["torso"]             # where the counting sensor sits

[prescription]
sets = 3
hold_s = [30, 60]                  # seconds: the least, or [least, most]
rest_s = [30, 60]

[holding]                          # which pose is held: how far from the one that you rest in
least_deg = 10
most_deg = 90

[rules.hold_time]                  # its bound is the prescription's
bound_from = "asked for"
cue = "Hold it longer."
cue_above = "That is long enough."
why = "What is held longer is held by something else."

[rules.breaks]
most = 0
bound_from = "own default"
cue = "Stay in it."
why = "Each break is a rest."
"""

_CARRY: Final = """\
# A weight that is carried. Change what you like; a line behind a # says nothing to repclip.
id = "my_carry"
name = "My carry"
kind = "carry"
placements = ["wrist"]             # the arm that carries

[prescription]
sets = 3
distance_m = 20                    # metres of one round
rest_s = [60, 120]

[rules.distance]                   # its bound is the prescription's
bound_from = "asked for"
cue = "Go all the way."
why = "The last steps are the ones that count."
"""

_STEPS: Final = """\
# Steps that are counted. Change what you like; a line behind a # says nothing to repclip.
id = "my_march"
name = "My march"
kind = "steps"
placements = ["wrist", "torso"]

[prescription]
reps = 100                         # steps
"""

#: A complete file for each kind of work.
TEMPLATES: Final = {Kind.REPS: _REPS, Kind.HOLD: _HOLD, Kind.CARRY: _CARRY, Kind.STEPS: _STEPS}
