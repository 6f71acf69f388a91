import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en.js";
import { pickLanguage, translator } from "../src/i18n/index.js";
import { zhCN } from "../src/i18n/zhCN.js";

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();

describe("catalogues", () => {
  it("have equal keys", () => {
    expect(Object.keys(zhCN).sort()).toEqual(Object.keys(en).sort());
  });
  it.each(Object.keys(en) as (keyof typeof en)[])("%s has equal placeholders and a text", (key) => {
    expect(placeholders(zhCN[key])).toEqual(placeholders(en[key]));
    expect(zhCN[key].trim()).not.toBe("");
  });
  it("put values in as they are", () => {
    const t = translator("en");
    expect(t("foot.seed", { seed: 3 })).toBe("seed 3");
    expect(t("control.refused", { reason: "{seed} $& <b>" })).toBe("Not accepted: {seed} $& <b>");
  });
});

describe("language", () => {
  it("is the trait, then the page, then the browser", () => {
    document.documentElement.lang = "zh";
    expect(pickLanguage("en")).toBe("en");
    expect(pickLanguage("")).toBe("zh-CN");
    document.documentElement.lang = "en-GB";
    expect(pickLanguage("")).toBe("en");
    document.documentElement.lang = "";
    expect(pickLanguage("zh-TW")).toBe("zh-CN");
  });
});
