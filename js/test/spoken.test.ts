import { describe, expect, it, vi } from "vitest";
import { phrasesZhCN } from "../src/i18n/phrasesZhCN.js";
import { phraseBook } from "../src/i18n/spoken.js";
import { zhCN } from "../src/i18n/zhCN.js";
import { imageMessage, panel } from "./data.js";
import { fire, openPage } from "./helpers.js";
import { otherMessage } from "./otherMessage.js";

const numbers = (text: string): string[] => [...text.matchAll(/\{(\d+)\}/g)].map((m) => m[1]!).sort();

describe("phrases", () => {
  it.each(Object.entries(phrasesZhCN))("%s keeps its placeholders", (phrase, words) => {
    expect(numbers(words)).toEqual(numbers(phrase));
    expect(words.trim()).not.toBe("");
  });

  it("are looked up as they are, or by what stands for their placeholders", () => {
    const say = phraseBook({
      Zeros: "全零",
      "{0} of {1} rows (*).": "{1} 行中的 {0} 行。",
      "Chosen: {0}.": "已选：{0}。",
    });
    expect(say("Zeros")).toBe("全零");
    expect(say("7 of 1 000 rows (*).")).toBe("1 000 行中的 7 行。");
    expect(say("Chosen: Zeros.")).toBe("已选：全零。");
    expect(say("Chosen: $& <b>.")).toBe("已选：$& <b>。");
    expect(say("7 of 1 000 rows.")).toBe("7 of 1 000 rows.");
    expect(say("")).toBe("");
    expect(say("toString")).toBe("toString");
  });

  it("know notes whose parts may be missing, and refusals", () => {
    const say = phraseBook(phrasesZhCN);
    expect(say("Ended by the time limit of 5 s; raise seconds= for more.")).toBe(
      "因 5 秒的时限结束；可增大 seconds=。",
    );
    expect(say("About the output of layer conv (4 × 8), not about the input.")).toContain("不是输入。");
    expect(say("Kernel SHAP: pairs must be a whole number from 2 to 64; got 1")).toContain("2 到 64 的整数");
    expect(say("Baseline chosen for you: 100 of 569 rows of the data.")).toContain("569 行中的 100 行");
    expect(say("LIME needs a dataset (rows)")).toBe("LIME 需要数据集（多行）");
    expect(say("LIME needs a dataset (rows); an image")).toBe("LIME 需要数据集（多行）；图片");
  });

  it("that say most are found first", () => {
    const say = phraseBook({ "{0} rows.": "A {0}", "{0} of {1} rows.": "B {0} {1}" });
    expect(say("3 of 9 rows.")).toBe("B 3 9");
  });
});

describe("a page in Chinese", () => {
  const words = { "zh-CN": { ...zhCN, phrases: phrasesZhCN } };

  it("says titles, baselines, settings and notes in Chinese, and in English again", () => {
    const settings = [
      { name: "steps", label: "Steps", kind: "int", low: 1, high: 9, default: 3, help: "points a side." },
    ];
    const page = openPage({ lang: "zh-CN", _words: words, _panel: panel({ settings }) });
    const message = imageMessage([1, 2], 1, 2);
    const answer = message.content.answer as Record<string, unknown>;
    page.deliver({
      ...message,
      content: {
        ...message.content,
        answer: { ...answer, title: "Occlusion", notes: ["Target chosen for you: cat."] },
      },
    });
    expect(page.find(".jx-title").textContent).toBe("遮挡");
    expect(page.find(".jx-notes li").textContent).toBe("已自动选择目标：cat。");
    expect(page.labelled<HTMLSelectElement>("方法").selectedOptions[0]!.textContent).toBe("积分梯度");
    expect(page.labelled("步数").closest(".jx-field")!.textContent).toContain("每边的点数。");
    page.model.push({ lang: "en" });
    page.clock.draw();
    expect(page.find(".jx-title").textContent).toBe("Occlusion");
    expect(page.find(".jx-notes li").textContent).toBe("Target chosen for you: cat.");
  });

  it("stays Chinese when the controls follow after a click", () => {
    vi.useFakeTimers();
    const page = openPage({ lang: "zh-CN", _words: words });
    const method = page.labelled<HTMLSelectElement>("方法");
    fire(method, "change");
    page.model.deliver({ kind: "heard", seq: 1, refused: {} });
    page.deliver(imageMessage([1, 2], 1, 2));
    vi.advanceTimersByTime(2000);
    page.clock.draw();
    expect(method.selectedOptions[0]!.textContent).toBe("积分梯度");
    vi.useRealTimers();
  });

  it("keeps a pinned answer, in its own words", () => {
    const page = openPage({ lang: "zh-CN", _words: words });
    page.deliver(imageMessage([1, 2], 1, 2));
    page.button("固定").click();
    page.deliver(imageMessage([3, 2], 1, 2));
    expect(page.all("figure").length).toBeGreaterThan(1);
    expect(page.find(".jx-main").textContent).toContain("A");
  });
});

describe("what methods say of their numbers", () => {
  const words = { "zh-CN": { ...zhCN, phrases: phrasesZhCN } };

  it("is Chinese, and the user's words stay", () => {
    const page = openPage({ lang: "zh-CN", _words: words });
    const names = ["alone", "an explanation of zeros"];
    let frame = 0;
    const say = (method: string): string => {
      const { content, buffers } = otherMessage(
        "scores",
        { names, measure: "drop of loss" },
        { values: [1, 2] },
        { method },
      );
      page.deliver({ content: { ...content, frame: ++frame }, buffers });
      return page.find(".jx-place").textContent ?? "";
    };
    expect(say("sage")).toContain("loss 的下降");
    expect(say("sage")).toContain("an explanation of zeros");
    expect(say("infidelity")).toContain("全零的解释");
  });
});
