// An attribution in one sentence with numbers: one to three reasons, never more.

import { h } from "../dom.js";
import { middle, signedFor } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import type { Attribution, ImageAttribution, TableAttribution } from "../protocol.js";
import { regionSums } from "../regions.js";

interface Reason {
  name: string;
  shown: string | null;
  value: number;
  /** Two standard errors or more from zero. */
  sure: boolean;
}

const MOST_FOR = 2;
const WORTH_NAMING = 0.25;
const AGAINST_NAMING = 0.1;

export function sentence(answer: Attribution, t: Translate): DocumentFragment {
  const reasons = reasonsOf(answer, t);
  const largest = reasons[0];
  if (largest === undefined || largest.value === 0) return t.rich("say.zero", {});
  const sure = reasons.filter((reason) => reason.sure);
  if (sure.length === 0) return t.rich("say.unsure", {});
  return compose(sure, answer, t);
}

/** All candidates, largest first. */
function reasonsOf(answer: Attribution, t: Translate): Reason[] {
  const found =
    answer.layout.kind === "table"
      ? features(answer as TableAttribution)
      : regions(answer as ImageAttribution, t);
  return found.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

function features(answer: TableAttribution): Reason[] {
  const { names, shown } = answer.layout;
  const all = Array.from(answer.values, (value, i) => ({ value: Number.isFinite(value) ? value : 0, i }));
  const largest = all.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 50);
  return largest.map(({ value, i }) => ({
    name: middle(names[i] ?? "", 40),
    shown: shown[i] ? middle(shown[i], 20) : null,
    value,
    sure: Math.abs(value) > 1.96 * (answer.stderr?.[i] ?? 0),
  }));
}

function regions(answer: ImageAttribution, t: Translate): Reason[] {
  return regionSums(answer).map(({ sum }, i) => ({
    name: t("region.the", { region: t(`region.${i}` as Key) }),
    shown: null,
    value: sum,
    sure: true,
  }));
}

function compose(reasons: Reason[], answer: Attribution, t: Translate): DocumentFragment {
  const top = Math.abs(reasons[0]!.value);
  const format = signedFor(top);
  const worth = (reason: Reason, share: number): boolean => Math.abs(reason.value) >= share * top;
  const positive = reasons.filter((reason) => reason.value > 0);
  const negative = reasons.filter((reason) => reason.value < 0);
  const lead = reasons[0]!.value > 0;
  const [first, second] = lead ? [positive, negative] : [negative, positive];
  const main = list(first.filter((reason) => worth(reason, WORTH_NAMING)).slice(0, MOST_FOR));
  const other = list(second.filter((reason) => worth(reason, AGAINST_NAMING)).slice(0, 1));

  function list(some: Reason[]): DocumentFragment | null {
    if (some.length === 0) return null;
    const fragment = document.createDocumentFragment();
    for (const [i, reason] of some.entries()) {
      if (i > 0) fragment.append(t("say.and"));
      fragment.append(h("b", {}, words(reason)));
    }
    return fragment;
  }
  function words({ name, shown, value }: Reason): string {
    if (answer.layout.kind === "image") return t("say.region", { region: name, value: format(value) });
    if (shown === null) return t("say.featureBare", { name, value: format(value) });
    return t("say.feature", { name, shown, value: format(value) });
  }

  const additive = answer.gap !== null || answer.base !== null;
  if (!additive) {
    if (other === null) return t.rich("say.strongest", { for: main! });
    return t.rich("say.strongestMixed", { for: main!, against: other });
  }
  if (lead)
    return other === null
      ? t.rich("say.for", { for: main! })
      : t.rich("say.forAgainst", { for: main!, against: other });
  return other === null
    ? t.rich("say.against", { against: main! })
    : t.rich("say.againstFor", { against: main!, for: other });
}
