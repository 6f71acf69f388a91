"""An if-then rule that keeps the prediction."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ..explanation import Rule, Rules
from ..method import Stream, method
from ..params import Between, Free, OnlyFor
from ..question import Question
from ..rules.anchoring import Place, Search
from ..rules.decisions import decision
from ..rules.fields import Field, field_of
from ..rules.trials import Trials


@method(
    "Anchors",
    needs=("predict", "pieces"),
    cites=(
        "Ribeiro, Singh and Guestrin 2018 doi:10.1609/aaai.v32i1.11491",
        "Kaufmann and Kalyanakrishnan 2013 (KL-LUCB; COLT, PMLR 30:228-251)",
        "Kaufmann and Koolen 2021 arXiv:1811.11419",
    ),
    usual=16_384,
)
def anchors(
    q: Question,
    *,
    precision: Annotated[float, Between(0.5, 0.999)] = 0.95,
    delta: Annotated[float, Between(0.001, 0.5, log=True)] = 0.05,
    terms: Annotated[int, Between(1, 10)] = 8,
    bins: Annotated[int, Between(2, 10), OnlyFor("table")] = 4,
    threshold: Annotated[Any, Free("a number", text=True)] = None,
    rule: Annotated[
        Any, Free("columns, words, segments or spans by name, or conditions by their text, in a list")
    ] = None,
) -> Stream:
    """An if-then rule under which the model nearly always decides as it does here, whatever the rest of the input is.

    Precision is the share of random rows meeting the rule that are decided alike. A random row is a baseline row;
    where a column does not meet the rule it is redrawn, on its own, among the baseline values (and the row's own) that
    do. Coverage is the share of the data rows (without a dataset: of the baseline rows) that meet the rule.

    In a text a condition is that a word stays, in an image that a segment stays, in a series that a span of one channel
    stays (segments= or groups= say what they are); every other one is hidden with even odds, behind the baseline.
    Coverage is then the share of these random inputs that meet the rule, one half for each condition.

    In a table a condition is the row's category, or a cut at a quantile of the data. Rules grow by one condition at a
    time; which of them to draw is decided by KL-LUCB (of more than ten columns, words, segments or spans, the ten are
    tried whose conditions help most in a screening by random rules). A rule that is known to reach the precision is
    loosened, bound by bound, as long as it still does; then further draws sharpen its precision. The intervals of all
    rules hold at all times together with probability 1 - delta. A rule that does not reach the precision is shown as
    what it is. Cases that meet the rule and are decided otherwise are shown with every change taken back that they do
    not need.

    Settings:
        precision: what the rule is to reach.
        delta: probability of claiming it wrongly.
        terms: most conditions of a rule.
        bins: of tables: intervals that a column of numbers is cut into, with equally many rows each.
        threshold: asks whether the target's output is this or more, instead of about the predicted class.
        rule: your own rule; its precision is estimated instead of searching for one. An empty list is a rule, too.
    """
    field = field_of(q, bins)
    chosen = None if rule is None else field.offered.read(rule, q.who, q.input.names)
    decided = decision(q, threshold or None)
    search = Search(field.offered, precision, delta, terms, q.rng("screening"))
    trials, shown = Trials(q, field, decided), None
    steps = search.pulls() if chosen is None else search.only(chosen)
    for begun, pulls in enumerate(steps):
        q.upcoming = sum(n for _, n in pulls) + trials.pending(shown)
        if begun:
            best = search.best()
            yield Rules(
                rules=(_rule(field, best, decided.words),),
                wanted=precision,
                reached=search.proved(best),
                given=chosen is not None,
                candidates=field.offered.toggles(best.rule),
                sure=1 - delta,
                rows=field.rows,
                counterexamples=trials.counterexamples(best.rule),
                others=trials.others(best.rule),
                pieces=field.pieces,
                kept=_kept(field, best),
                error=float(best.level.arms.errors[best.arm]),
                error_kind="bound",
            )
        trials.run(pulls, shown)
        shown = search.best().rule
        trials.begin(shown)


def _kept(field: Field, best: Place) -> Any:
    """Which players a rule keeps."""
    return None if field.pieces is None else np.isin(np.arange(len(field.pieces.names)), best.rule)


def _rule(field: Field, best: Place, words: str) -> Rule:
    """A rule with what is known about it."""
    arms, n = best.level.arms, int(best.level.arms.draws[best.arm])
    mean, (share, low, high) = float(arms.means[best.arm]), field.covered(best.rule)
    return Rule(
        conditions=field.conditions(best.rule),
        prediction=words,
        precision=mean,
        low=min(mean, float(arms.low[best.arm])),
        high=max(mean, float(arms.high[best.arm])),
        coverage=share,
        coverage_low=low,
        coverage_high=high,
        support=n,
        otherwise=n - int(arms.hits[best.arm]),
        here=True,
    )
