"""An if-then rule that keeps the prediction."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ..anchoring import Place, Search
from ..bandits import interval, once
from ..candidates import Candidates
from ..decisions import decision
from ..explanation import Rule, Rules
from ..method import Stream, method
from ..mixtures import Mixtures
from ..params import Between, Free
from ..predicates import cell, columns_of, conditions
from ..question import Question
from ..rows import Rows, length, take
from ..trials import Trials

ROWS = 20_000  # data rows for quantiles and coverage; of more, a random choice


@method(
    "Anchors",
    needs=("predict", "table"),
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
    bins: Annotated[int, Between(2, 10)] = 4,
    threshold: Annotated[Any, Free("a number", text=True)] = None,
    rule: Annotated[Any, Free("columns by name, or conditions by their text, in a list")] = None,
) -> Stream:
    """An if-then rule under which the model nearly always decides as it does here, whatever the other columns are.

    Precision is the share of random rows meeting the rule that are decided alike. A random row is a baseline row;
    where a column does not meet the rule it is redrawn, on its own, among the baseline values (and the row's own) that
    do. Coverage is the share of the data rows (without a dataset: of the baseline rows) that meet the rule.

    A condition is the row's category, or a cut at a quantile of the data. Rules grow by one condition at a time; which
    of them to draw is decided by KL-LUCB (of more than ten columns, the ten are tried whose conditions help most in a
    screening by random rules). A rule that is known to reach the precision is loosened, bound by bound, as long as it
    still does; then further draws sharpen its precision. The intervals of all rules hold at all times together with
    probability 1 - delta. A rule that does not reach the precision is shown as what it is.

    Settings:
        precision: what the rule is to reach.
        delta: probability of claiming it wrongly.
        terms: most conditions of a rule.
        bins: intervals that a column of numbers is cut into, with equally many rows each.
        threshold: asks whether the target's output is this or more, instead of about the predicted class.
        rule: your own rule; its precision is estimated instead of searching for one. An empty list is a rule, too.
    """
    mixtures, data = Mixtures(q), _data(q)
    q.claim(9.0 * length(data) * len(q.input.names) * bins, "conditions in all rows", "use fewer columns or bins")
    groups = q.masker.groups  # type: ignore[attr-defined]
    candidates = Candidates(columns_of(data, q.input.names), mixtures.columns, mixtures.size, groups, bins)
    chosen = None if rule is None else candidates.read(rule, q.who, q.input.names)
    decided = decision(q, threshold or None)
    search = Search(candidates, precision, delta, terms, q.rng("screening"))
    trials = Trials(q, mixtures, candidates, decided)
    own = {c.index: cell(c, mixtures.size) for c in mixtures.columns}
    steps = search.pulls() if chosen is None else search.only(chosen)
    for begun, pulls in enumerate(steps):
        q.upcoming = sum(n for _, n in pulls)
        if begun:
            best = search.best()
            yield Rules(
                rules=(_rule(search, best, conditions(candidates.predicates(best.rule), own), decided.words),),
                wanted=precision,
                reached=search.proved(best),
                given=chosen is not None,
                candidates=candidates.toggles(best.rule),
                sure=1 - delta,
                rows=length(data),
                counterexamples=trials.counterexamples(best.rule),
                error=float(best.level.arms.errors[best.arm]),
                error_kind="bound",
            )
        trials.run(pulls)


def _rule(search: Search, best: Place, wanted: Any, words: str) -> Rule:
    """A rule with what is known about it."""
    arms, covered = best.level.arms, search.covered(best.rule)
    mean, share, n = float(arms.means[best.arm]), float(covered.mean()), int(arms.draws[best.arm])
    ends = interval(share, len(covered), once(0.05))
    return Rule(
        conditions=wanted,
        prediction=words,
        precision=mean,
        low=min(mean, float(arms.low[best.arm])),
        high=max(mean, float(arms.high[best.arm])),
        coverage=share,
        coverage_low=float(ends[0]),
        coverage_high=float(ends[1]),
        support=n,
        otherwise=n - int(arms.hits[best.arm]),
        here=True,
    )


def _data(q: Question) -> Rows:
    """The rows that quantiles and coverage are about."""
    data = q.reference if q.data is None else q.data
    n = length(data)
    if n <= ROWS:
        return data
    q.note(f"Quantiles and coverage from {ROWS} of {n} rows, chosen at random.")
    return take(data, np.sort(q.rng("rows").choice(n, ROWS, replace=False)))
