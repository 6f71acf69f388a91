import { type Limit, shareBeyond } from "../colors.js";
import { percent } from "../format.js";
import type { Numbers } from "../protocol.js";
import type { ViewHost } from "../view.js";

/** What the colours of a map show, and how much they leave out. */
export function mapCaption({ t, preferences }: ViewHost, { clipped }: Limit, values: Numbers): string {
  const mode = t(`heat.caption.${preferences.mode}`);
  if (preferences.kept !== null) {
    const beyond = shareBeyond(values, preferences.kept);
    if (beyond > 0) return t("heat.caption.keptBeyond", { mode, share: percent(beyond) });
    return t("heat.caption.kept", { mode });
  }
  const share = percent((100 - preferences.percentile) / 100);
  return clipped ? t("heat.caption.clipped", { mode, share }) : t("heat.caption.whole", { mode });
}
