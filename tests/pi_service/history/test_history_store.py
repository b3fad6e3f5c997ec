from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from support.told_sets import keep, retold, said, session_messages, verdicts

from pi_service.history import reading
from pi_service.history.batch import Batch
from pi_service.history.curves import CurveMemory
from pi_service.history.errors import HistoryDamagedError, HistoryError
from pi_service.history.facts import SetId
from pi_service.history.reading import Reader, Wanted
from pi_service.history.schema import VERSION
from pi_service.history.store import FILE, Store
from pi_service.publish import examples
from pi_service.publish.payloads import utc_text
from pi_service.publish.topics import Kind

FIRST = SetId("bay07", "20260304t170506-0cfce9", 1)


def sets(file, wanted=None):
    with Reader(file) as reader:
        return [kept.summary for kept in reader.sets(wanted or Wanted())]


def test_the_file_is_for_its_owner_alone(tmp_path):
    file = keep(tmp_path / "kept", session_messages())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_message_that_is_known_writes_nothing(tmp_path):
    messages = [each for each in session_messages() if not each.topic.endswith("/curve")]
    keep(tmp_path, messages)
    store = Store(tmp_path / FILE)
    before = (tmp_path / FILE).read_bytes()
    store.close()
    keep(tmp_path, messages)
    assert (tmp_path / FILE).read_bytes()[100:] == before[100:]  # the header counts transactions


def test_an_older_message_overwrites_no_newer_one(tmp_path):
    (new,) = [each for each in session_messages((3,)) if each.topic.endswith("/set")]
    keep(tmp_path, [new, retold(new, seq=1, final_reps=9)])
    assert [each.reps for each in sets(tmp_path / FILE)] == [3]


def test_only_the_last_set_was_heard(tmp_path):
    """A dashboard that is started after the workout: its reps are those of the set's own lists."""
    last = [each for each in session_messages((3,)) if each.topic.endswith("/set/last")]
    file = keep(tmp_path, last[:1])
    with Reader(file) as reader:
        kept = reader.reps(FIRST)
    assert [rep.rep for rep in kept.reps] == [1, 2, 3]
    assert kept.reps[0].lifting_s == 1.0
    assert kept.reps[0].velocity_mps is None
    assert kept.start_s is not None


def test_only_the_corrected_last_set_was_heard(tmp_path):
    last = [each for each in session_messages((3,)) if each.topic.endswith("/set/last")]
    (summary,) = sets(keep(tmp_path, last[-1:]))
    assert (summary.reps, summary.live_reps, summary.corrected) == (5, 3, "corrected")


def test_reps_without_their_set_are_an_unfinished_one(tmp_path):
    reps = [each for each in session_messages((4,)) if each.topic.endswith("/rep")]
    (summary,) = sets(keep(tmp_path, [*reps, *verdicts(reps)]))
    assert (summary.finished, summary.reps, summary.exercise) == (False, 4, "vertical_pull")
    assert summary.start_ts < summary.end_ts


def hold(seq, **keys):
    moment = datetime(2026, 3, 4, 17, 6, tzinfo=UTC) + timedelta(seconds=seq)
    payload = examples.HOLD.model_copy(update={"seq": seq, "ts": utc_text(moment), **keys})
    return said(Kind.HOLD, payload)


def test_a_hold_without_its_set_is_an_unfinished_one(tmp_path):
    messages = [hold(5, what="entered", held_s=5.0), *(hold(n, held_s=float(n)) for n in range(6, 20))]
    messages.append(hold(25, what="left", held_s=19.0, hold_breaks=1))
    (summary,) = sets(keep(tmp_path, [*messages[::-1], *messages[:4]]))
    assert (summary.finished, summary.kind, summary.held_s, summary.hold_breaks) == (False, "hold", 19.0, 1)
    assert (summary.start_ts, summary.duration_s) == ("2026-03-04T17:06:00.000Z", 25.0)
    assert (summary.reps, summary.exercise) == (0, "thoracic_extension")


def test_a_carry_without_its_set_is_an_unfinished_one(tmp_path):
    started = examples.CARRY.model_copy(update={"what": "started", "steps": 6, "distance_m": 4.0, "seq": 8})
    (summary,) = sets(keep(tmp_path, [said(Kind.CARRY, each) for each in (examples.CARRY, started)]))
    assert (summary.finished, summary.kind, summary.steps, summary.distance_m) == (False, "carry", 14, 9.1)


def test_the_set_of_a_hold_says_what_it_came_to(tmp_path):
    done = examples.SET.model_copy(
        update={"exercise": "thoracic_extension", "set": 1, "seq": 9, "final_reps": 0, "live_reps": 0}
        | {"rep_ids": (), "held_s": 20.5, "hold_breaks": 0, "rep_range_deg": (), "rep_range_m": ()}
    )
    later = hold(99, held_s=3.0, set=done.set, session=done.session)
    (summary,) = sets(keep(tmp_path, [said(Kind.SET, done), later]))
    assert (summary.finished, summary.held_s, summary.kind) == (True, 20.5, "hold")
    assert summary.duration_s == done.duration_s


def test_a_hold_that_goes_on_does_not_wait_for_the_disk(tmp_path):
    batch = Batch()
    for each in (hold(5, what="entered"), hold(6)):
        batch.take(each.topic, each.payload, "repclip", CurveMemory())
    assert (len(batch.facts), batch.ends_a_set) == (3, False)


def test_a_verdict_alone_is_no_set(tmp_path):
    assert sets(keep(tmp_path, [said(Kind.VERDICT, examples.VERDICT)])) == []


def test_each_rep_has_its_verdict_and_withdrawn_ones_are_told(tmp_path):
    messages = session_messages((3, 4))
    with Reader(keep(tmp_path, [*messages, *verdicts(messages)])) as reader:
        kept = reader.reps(FIRST._replace(set=2))
    assert [(rep.rep, rep.withdrawn) for rep in kept.reps] == [(1, False), (2, False), (3, False), (4, True)]
    assert [rule.rule for rule in kept.reps[0].rules] == ["lowering", "range_kept"]
    assert kept.reps[0].cue == "Lower more slowly."
    assert [(rule.reps_ok, rule.reps_judged) for rule in kept.rules] == [(2, 2)]


def test_a_verdict_with_ragged_lists_tells_no_rules(tmp_path):
    messages = session_messages((1,))
    ragged = examples.VERDICT.model_copy(update={"rep": 1, "rule_ok": (True,), "session": FIRST.session})
    with Reader(keep(tmp_path, [*messages, said(Kind.VERDICT, ragged)])) as reader:
        assert reader.reps(FIRST).reps[0].rules == ()


def test_the_curve_of_a_set_is_kept(tmp_path):
    with Reader(keep(tmp_path, session_messages((3,)))) as reader:
        curve = reader.curve(FIRST)
        assert reader.set(FIRST).has_curve
    start_s = 4.0
    assert start_s - 2.2 <= curve.start_s <= start_s
    assert curve.rate_hz == 25.0
    assert None not in curve.values
    assert 60 < max(curve.values) < 90


def test_gaps_during_a_set_are_told(tmp_path):
    gap = examples.GAP.model_copy(update={"session": FIRST.session, "start_s": 5.0, "end_s": 5.5})
    later = gap.model_copy(update={"seq": 99, "start_s": 500.0, "end_s": 501.0})
    messages = [*session_messages((3,)), *(said(Kind.GAP, each) for each in (gap, gap, later))]
    with Reader(keep(tmp_path, messages)) as reader:
        kept = reader.reps(FIRST)
    assert (kept.gaps, kept.lost_s) == (1, 0.5)


def test_a_recording_that_went_on_during_a_set_is_named(tmp_path):
    told = examples.RECORDING.model_copy(
        update={
            "recording": True,
            "started_ts": "2026-03-04T17:05:00.000Z",
            "ended_ts": None,
            "file": "a.csv.gz",
        }
    )
    over = told.model_copy(update={"recording": False, "ended_ts": "2026-03-04T17:05:20.000Z"})
    messages = session_messages((3, 3, 3))
    for named in ([told], [told, over], [told, over, told]):
        keep(tmp_path, [*messages, *(said(Kind.RECORDING, each) for each in named)])
        with Reader(tmp_path / FILE) as reader:
            names = [kept.recording for kept in reader.sets(Wanted(), oldest_first=True)]
        assert names[0] == "a.csv.gz"
        assert names[2] == ("a.csv.gz" if named == [told] else None)


def test_filters(tmp_path):
    file = keep(
        tmp_path, [*session_messages(), *session_messages((5,), station="rack-2", exercise="dead_lift")]
    )
    assert [each.set for each in sets(file, Wanted(station="bay07"))] == [3, 2, 1]
    assert [each.station for each in sets(file, Wanted(exercise="dead_lift"))] == ["rack-2"]
    assert sets(file, Wanted(athlete="Ann")) == []
    middle = sets(file, Wanted(station="bay07"))[1]
    assert [each.set for each in sets(file, Wanted(station="bay07", from_ts=middle.start_ts))] == [3, 2]
    assert [each.set for each in sets(file, Wanted(station="bay07", to_ts=middle.start_ts))] == [1]
    place = (middle.start_ts, SetId(middle.station, middle.session, middle.set))
    assert [each.set for each in sets(file, Wanted(station="bay07", before=place))] == [1]
    with Reader(file) as reader:
        assert reader.choices()["station"] == ["bay07", "rack-2"]
        assert reader.count() == 4


def test_old_sets_are_forgotten_and_their_curves_before(tmp_path):
    file = keep(tmp_path, session_messages())
    store = Store(file)
    middle = sets(file)[1]
    store.forget_curves_before(middle.end_ts)
    with Reader(file) as reader:
        assert [kept.has_curve for kept in reader.sets(Wanted())] == [True, True, False]
    assert store.forget_before(middle.end_ts) == 1
    assert [each.set for each in sets(file)] == [3, 2]
    assert store.forget_beyond(10_000_000) == 0
    assert store.forget_beyond(1) == 2
    assert sets(file) == []
    store.close()


def test_a_clock_that_was_never_set_makes_nothing_old(tmp_path):
    (done,) = [each for each in session_messages((3,)) if each.topic.endswith("/set")]
    old = retold(
        done, ts="1970-01-01T00:01:00Z", start_ts="1970-01-01T00:00:00Z", end_ts="1970-01-01T00:01:00Z"
    )
    file = keep(tmp_path, [old])
    store = Store(file)
    assert store.forget_before("2026-01-01T00:00:00.000Z") == 0
    assert sets(file)[0].start_ts == "1970-01-01T00:00:00.000Z"
    store.close()


def test_a_file_that_is_none_is_damaged(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database at all, though long enough to be one" * 100)
    with pytest.raises(HistoryDamagedError, match="cannot be used"):
        Store(tmp_path / FILE)


def test_a_file_of_tomorrow_is_left_alone(tmp_path):
    file = keep(tmp_path, session_messages())
    with closing(sqlite3.connect(file)) as opened:
        opened.execute(f"PRAGMA user_version={VERSION + 1}")
    with pytest.raises(HistoryError, match="version 2, and this repclip knows 1: update it"):
        Store(file)


def test_no_file_and_an_empty_one_are_one_sentence(tmp_path):
    with pytest.raises(HistoryError, match="cannot be read"):
        Reader(tmp_path / FILE)
    (tmp_path / FILE).touch()
    with pytest.raises(HistoryError, match="cannot be read"):
        Reader(tmp_path / FILE)


def test_a_full_disk_changes_nothing(tmp_path):
    file = keep(tmp_path, session_messages((3,)))
    store = Store(file)
    pages = store.held_bytes() // 4096
    store._file.execute(f"PRAGMA max_page_count={pages}")
    before = sets(file)
    from pi_service.history.facts import Fact, What  # noqa: PLC0415

    more = [Fact(FIRST._replace(set=7), What.REP, rep, rep, "x" * 4000) for rep in range(1, 200)]
    with pytest.raises(HistoryError, match="full"):
        store.take(more)
    assert sets(file) == before
    store.close()


def test_numbers_and_times_that_no_file_holds_are_refused(tmp_path):
    from pi_service.history.batch import Batch  # noqa: PLC0415
    from pi_service.history.curves import CurveMemory  # noqa: PLC0415

    (done,) = [each for each in session_messages((3,)) if each.topic.endswith("/set")]
    batch = Batch()
    for keys in ({"seq": 2**63}, {"set": 2**70}, {"start_ts": "0001-01-01T00:00:00Z"}, {"station": "other"}):
        wrong = retold(done, **keys)
        topic = done.topic if "station" in keys else wrong.topic
        batch.take(topic, wrong.payload, "repclip", CurveMemory())
    batch.take("repclip/bay07/set", b"\xff\x00", "repclip", CurveMemory())
    batch.take("elsewhere", b"{}", "repclip", CurveMemory())
    assert (batch.messages, batch.refused, batch.facts) == (6, 6, [])


def test_a_walk_is_not_worked_out_anew_with_each_step(tmp_path, monkeypatch):
    rep = next(each for each in session_messages((1,)) if each.topic.endswith("/rep"))
    worked_out = []
    real = Store._summarise

    def counted(store, set_id):
        worked_out.append(set_id)
        real(store, set_id)

    monkeypatch.setattr(Store, "_summarise", counted)
    for number in range(1, 1501):
        file = keep(tmp_path, [retold(rep, rep=number, seq=number)]) if number % 5 == 0 else tmp_path / FILE
    assert len(worked_out) < 220
    assert 285 <= sets(file)[0].reps <= 300
    (done,) = [each for each in session_messages((1,)) if each.topic.endswith("/set")]
    keep(tmp_path, [retold(done, seq=2000, final_reps=300)])
    assert sets(file)[0].reps == 300


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("limit", [None, 1, 4, 5, 6, 100])
def test_sets_read_in_parts_are_all_there_once(tmp_path, monkeypatch, limit, oldest_first):
    file = keep(tmp_path, [*session_messages((3, 4, 2)), *session_messages((2, 2), station="bay08")])
    with Reader(file) as reader:
        whole = list(reader.sets(Wanted(), limit=limit, oldest_first=oldest_first))
        summaries = list(reader.summaries(Wanted(), oldest_first=oldest_first))
        monkeypatch.setattr(reading, "_SETS_AT_ONCE", 2)
        assert list(reader.sets(Wanted(), limit=limit, oldest_first=oldest_first)) == whole
        assert list(reader.summaries(Wanted(), oldest_first=oldest_first)) == summaries
    assert len(whole) == min(limit or 5, 5)
    assert [each.summary for each in whole] == summaries[: len(whole)]


def test_whoever_takes_an_export_slowly_lets_the_log_be_folded_back(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_SETS_AT_ONCE", 2)
    file = keep(tmp_path, session_messages((3, 4, 2)))
    with Reader(file) as reader, closing(sqlite3.connect(file)) as other:
        slowly = reader.summaries(Wanted(), oldest_first=True)
        next(slowly)
        keep(tmp_path, session_messages((1,), station="bay08"))
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
        assert len(list(slowly)) >= 2


@pytest.mark.parametrize(
    "bounds", [{}, {"from_ts": "1990-01-01"}, {"to_ts": "2999-01-01"}, {"athlete": None}]
)
@pytest.mark.parametrize("way", ["before", "after"])
def test_going_on_in_a_long_list_costs_no_more_than_its_next_part(tmp_path, bounds, way):
    moments = [f"2026-03-04T17:{number // 60:02d}:{number % 60:02d}.000Z" for number in range(3000)]
    nearly = moments[-5] if way == "after" else moments[5]
    wanted = Wanted(**bounds, **{way: (nearly, FIRST)})
    where, values = wanted.where()
    order = "DESC" if way == "before" else "ASC"
    query = f"SELECT row FROM summary WHERE {where} ORDER BY start_ts {order} LIMIT 500"  # noqa: S608
    steps = []
    with closing(sqlite3.connect(keep(tmp_path, []))) as file:
        file.executemany(
            "INSERT INTO summary VALUES ('bay07', ?, 1, ?, ?, 'row', NULL, '{}')",
            [(f"s{number}", ts, ts) for number, ts in enumerate(moments)],
        )
        file.set_progress_handler(lambda: steps.append(1), 10)
        assert len(file.execute(query, values).fetchall()) in (4, 5)
    assert len(steps) * 10 < len(moments)
