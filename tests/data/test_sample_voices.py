"""What 100,000 customers of the sample bank say follows the written truth, within stated sampling bounds."""

import numpy as np
import pytest

from custlib.data.sample import SEED, TRUTH, generate
from custlib.data.sample.calls import calls_of
from custlib.data.sample.feedback import PROMISES, feedback_of
from custlib.data.sample.house import METRICS, figures
from custlib.data.sample.lives import live
from custlib.data.sample.months import contacts
from custlib.data.sample.mood import draw_moods, scores
from custlib.data.sample.people import draw_people
from custlib.data.sample.surveys import after_calls, may_be_asked, wave
from custlib.data.sample.talk import texts, tone_of
from custlib.data.sample.truth import WORLDS
from custlib.data.sample.voice import KINDS, THEMES
from tests.data.conftest import CUSTOMERS, FAILURE, all_within, z

VOICE = TRUTH.voice
CALM, FAILING = 22, 25  # months; the second is one of the failure's first three, and a wave


@pytest.fixture(scope="module")
def month():
    """Give a function: the customers, their satisfaction and their service contacts in a month."""
    people, lives = live(draw_people(CUSTOMERS, SEED, TRUTH), CUSTOMERS, SEED, TRUTH)
    moods = draw_moods(people, SEED, TRUTH)

    def of(number: int):
        mood = scores(moods, people, lives, number, SEED, TRUTH)
        return people, lives, mood, calls_of(people, lives, mood, number, SEED, TRUTH)

    return of


def test_waves_invite_their_share_of_those_who_seem_to_be_customers(bank):
    rows = bank.execute(f"""
        with asked as (select distinct customer_id, month from surveys where metric = 'nps'),
        used as (select distinct uses.customer_id, wave.month
                 from (select distinct month from asked) wave join uses on uses.month between wave.month - 3 and wave.month - 1),
        seem as (
          select cu.customer_id, wave.month from cu cross join (select distinct month from asked) wave
            left join used on used.customer_id = cu.customer_id and used.month = wave.month
          where came < wave.month and (contract or used.month is not null)
            and (closed_on is null
                 or closed_on >= date '2023-07-01' + to_months(wave.month::int) + interval {VOICE.invitation_day} day))
        select month, count(*) filter (seems), count(*) filter (seems and asks), count(*) filter (not seems)
        from (select coalesce(seem.month, asked.month) as month, seem.month is not null as seems, asked.month is not null as asks
              from seem full join asked on asked.customer_id = seem.customer_id and asked.month = seem.month)
        group by 1""").fetchall()
    assert [month for month, *_ in sorted(rows)] == list(range(4, 36, 3))
    assert all(strangers == 0 for *_, strangers in rows)
    all_within({month: z(asked, seem, VOICE.invited) for month, seem, asked, _ in rows})


def test_who_has_left_never_answers(bank):
    answered, asked = bank.execute("""
        select count(score), count(*) from surveys join cu using (customer_id)
        where departed <= month""").fetchone()
    assert answered == 0 and asked > 500


@pytest.mark.parametrize("number", [CALM, FAILING])
def test_answers_depend_on_score_tenure_and_earlier_invitations_as_written(month, number):
    people, lives, mood, _ = month(number)
    rng = np.random.default_rng(1)
    invited = rng.random((CUSTOMERS, 4)) < 0.5
    rows = wave(people, lives, mood, invited, number, SEED, TRUTH)
    assert set(rows.who) <= set(np.flatnonzero(may_be_asked(people, lives, number, rows.day.min())))
    who, first = np.unique(rows.who, return_index=True)
    alive = mood[who] >= 0
    who, answered = who[alive], rows.score[first][alive] >= 0
    tenure, times = number - people.month[who], invited[who].sum(axis=1)
    settled = np.minimum(1, tenure / VOICE.answers_settled)
    chance = VOICE.answers * np.array(VOICE.answers_by_score)[mood[who]] * VOICE.fatigue**times
    chance *= VOICE.answers_new + (1 - VOICE.answers_new) * settled
    found = {}
    for name, part in (("score", mood[who]), ("times", times), ("tenure", np.minimum(tenure // 6, 8))):
        for value in np.unique(part):
            some = part == value
            expected = chance[some].sum()
            spread = np.sqrt((chance[some] * (1 - chance[some])).sum())
            found[name, value] = (answered[some].sum() - expected) / spread
    all_within(found)


def test_some_answer_upside_down_first_and_the_last_is_what_they_feel(bank):
    twice, answers, upside_down, wrong_order, later = bank.execute("""
        with answer as (select customer_id, wave, list(score order by date) as given, list(date order by date) as days
                        from surveys where metric = 'nps' and score is not null group by all)
        select count(*) filter (len(given) > 1), count(*), count(*) filter (given[1] = 10 - given[2]),
          count(*) filter (len(given) > 2 or days[1] = days[2]), max(days[2] - days[1]) from answer""").fetchone()
    assert (upside_down, wrong_order) == (twice, 0) and 1 <= later <= 3
    all_within({"misread": z(twice, answers, VOICE.misread)})


@pytest.mark.parametrize("number", [CALM, FAILING])
def test_contacts_are_those_that_cost_money(month, number):
    people, lives, mood, calls = month(number)
    counted = np.where(people.month <= number, contacts(people, lives, number, SEED, TRUTH), 0)
    assert (np.bincount(calls.who, minlength=CUSTOMERS) == counted).all()
    assert (mood[calls.who] >= 0).all()
    share = FAILURE.contacts / (FAILURE.contacts + people.pick(TRUTH, "contacts")[calls.who])
    exposed = lives.exposed[calls.who]
    if number == CALM:
        assert not calls.failing.any()
    else:
        expected, spread = share[exposed].sum(), np.sqrt((share * (1 - share))[exposed].sum())
        assert not calls.failing[~exposed].any()
        all_within({"failing": (calls.failing.sum() - expected) / spread})


def test_csat_goes_with_satisfaction(month):
    people, lives, mood, calls = month(CALM)
    rows = after_calls(people, lives, mood, calls, CALM, SEED, TRUTH)
    callers = np.unique(calls.who)
    answered = rows.score >= 0
    eager = VOICE.csat_answers * np.array(VOICE.answers_by_score)[mood[rows.who]]
    found = {
        "invited": z(len(rows.who), len(callers), VOICE.csat_invited),
        "answered": (answered.sum() - eager.sum()) / np.sqrt((eager * (1 - eager)).sum()),
    }
    luck = np.random.default_rng(2).standard_normal(200_000) * VOICE.csat_luck
    for score in range(3, 11):
        expected = np.clip(np.rint(1 + 0.4 * (score + luck)), 1, 5)
        given = rows.score[answered & (mood[rows.who] == score)]
        found[score] = (given.mean() - expected.mean()) / (expected.std() / np.sqrt(len(given)))
    all_within(found)
    assert set(np.unique(rows.score)) == {-1, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("number", [CALM, FAILING])
def test_feedback_is_sorted_and_settled_as_written(month, number):
    _, _, mood, calls = month(number)
    rows = feedback_of(mood, calls, number, SEED, TRUTH)
    failing = int(calls.failing.sum())
    expected = VOICE.feedback * (len(calls.who) - failing) + FAILURE.feedback * failing
    found = {"written": (len(rows.who) - expected) / np.sqrt(expected * 0.7)}
    if number == CALM:
        for tone, name in enumerate(("kinds_low", "kinds_middle", "kinds_high")):
            kinds = rows.kind[tone_of(mood[rows.who]) == tone]
            for kind, share in enumerate(getattr(VOICE, name)):
                found[name, KINDS[kind]] = z((kinds == kind).sum(), len(kinds), share)
        settled = rows.resolved >= 0
        days = (rows.resolved - rows.day)[settled]
        found["days"] = (days.mean() - VOICE.solved_days) / (days.std() / np.sqrt(len(days)))
        never = rows.kind != KINDS.index("praise")
        found["never"] = z((~settled[never]).sum(), never.sum(), VOICE.never_solved)
    all_within(found)
    assert (rows.words.tone[rows.kind == KINDS.index("complaint")] == 0).all()
    assert (rows.words.tone[rows.kind == KINDS.index("praise")] == 2).all()


def test_the_failure_multiplies_complaints_and_they_take_longer(bank):
    rows = bank.execute(f"""
        select exposed, month >= {FAILURE.month} as failed, count(*) / 3.0, avg(resolved_on - date)
        from feedback join cu using (customer_id) where kind = 'complaint' and month between 21 and 26
        group by all""").fetchall()
    a_month = {(exposed, failed): (count, days) for exposed, failed, count, days in rows}
    assert a_month[True, True][0] > 8 * a_month[True, False][0]
    assert a_month[False, True][0] < 1.25 * a_month[False, False][0]
    assert a_month[True, True][1] > 2.5 * a_month[True, False][1]


def test_a_share_of_feedback_has_no_name(bank):
    unnamed, rows = bank.execute(
        "select count(*) filter (customer_id is null), count(*) from feedback"
    ).fetchone()
    all_within({"unnamed": z(unnamed, rows, VOICE.unnamed)})


def test_themes_are_those_of_the_channel_and_of_the_failure(month):
    people, lives, mood, calls = month(CALM)
    found = {}
    for position, channel in enumerate(TRUTH.channels):
        themes = calls.words.theme[people.channel[calls.who] == position]
        for theme, share in enumerate(getattr(VOICE, f"themes_{channel}")):
            found[channel, THEMES[theme]] = z((themes == theme).sum(), len(themes), share)
    people, lives, mood, calls = month(FAILING)
    rows = wave(people, lives, mood, np.zeros((CUSTOMERS, 0), bool), FAILING, SEED, TRUTH)
    blaming = (rows.reason.theme >= 0) & lives.exposed[rows.who] & (mood[rows.who] <= 6)
    share = np.array([getattr(VOICE, f"themes_{c}")[0] for c in TRUTH.channels])[
        people.channel[rows.who[blaming]]
    ]
    share = FAILURE.blamed + (1 - FAILURE.blamed) * share
    service = rows.reason.theme[blaming] == THEMES.index("service")
    found["blamed"] = (service.sum() - share.sum()) / np.sqrt((share * (1 - share)).sum())
    all_within(found)


def test_promises_are_kept_as_written(bank):
    days = " ".join(f"when '{promise}' then {wait}" for promise, wait, _ in PROMISES)
    rows = bank.execute(f"""
        with made as (select p.*, exposed, datediff('month', date '2023-07-01', due_on - case promise {days} end) as made_in
                      from promises p join cu using (customer_id))
        select exposed and made_in >= {FAILURE.month} as failed, made_in >= {FAILURE.month} + 7 as later, count(*),
          count(*) filter (kept_on <= due_on), count(*) filter (kept_on > due_on),
          avg(kept_on - due_on) filter (kept_on > due_on), stddev(kept_on - due_on) filter (kept_on > due_on)
        from made where made_in < 34 group by all""").fetchall()
    found = {}
    for failed, later, count, kept, late, behind, spread in rows:
        share = (FAILURE.kept_later if later else FAILURE.kept) if failed else VOICE.kept
        found[failed, later, "in time"] = z(kept, count, share)
        found[failed, later, "late"] = z(late, count - kept, VOICE.kept_late)
        found[failed, later, "days"] = (behind - VOICE.late_days) / (spread / np.sqrt(late))
    assert len(found) == 12
    all_within(found)
    asked = bank.execute("select count(*) filter (promise like 'Account%') from promises").fetchone()[0]
    assert asked == bank.execute("select count(*) from cu where came >= 0").fetchone()[0]


def test_the_banks_own_figures_fall_before_customers_are_lost_and_only_where_the_failure_is():
    drawn = np.array([figures(seed, TRUTH) for seed in range(60)])
    calm = np.array([figures(seed, WORLDS["no-failure"]) for seed in range(60)])
    level, spread, worst, minimum = np.array([(m.level, m.spread, m.worst, m.minimum) for m in METRICS]).T
    error = spread / np.sqrt(60 * FAILURE.month)
    all_within(dict(enumerate((calm[:, : FAILURE.month].mean(axis=(0, 1)) - level) / error)))
    assert (drawn[:, : FAILURE.month - 1] == calm[:, : FAILURE.month - 1]).all()
    touched = level != worst
    assert (drawn[:, :, ~touched] == calm[:, :, ~touched]).all()
    better = np.where([m.better == "higher" for m in METRICS], 1, -1)
    short = (drawn - minimum) * better < 0
    assert short[:, FAILURE.month - 1][:, touched].mean() > 0.6  # the month before the first departure
    assert short[:, FAILURE.month : FAILURE.month + 5][:, :, touched].all()
    assert ((calm - minimum) * better < 0)[:, :, touched].mean() < 1e-3
    bottom = drawn[:, FAILURE.month : FAILURE.month + 5].mean(axis=(0, 1))
    all_within(dict(enumerate((bottom - worst) / (spread / np.sqrt(300)))))


def test_words_suit_the_theme_and_the_tone_and_are_written_once(month):
    _, _, mood, calls = month(CALM)
    rows = feedback_of(mood, calls, CALM, SEED, TRUTH)
    written = texts(rows.words, rows.kind)
    assert all(written) and len(set(written)) > 400
    assert texts(rows.words, rows.kind) == written
    rows.words.theme[:] = -1
    assert texts(rows.words) == [None] * len(written)


def test_a_bank_in_memory_holds_what_is_said():
    bank = generate(300)
    assert bank.surveys["score"].null_count > 0 and bank.feedback["customer_id"].null_count > 0
    assert bank.promises.num_rows > 100 and bank.operations.num_rows == TRUTH.months * len(METRICS)
    assert abs(bank.surveys.num_rows / 300 - 5) < 2
