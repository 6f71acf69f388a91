import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { csv, csvCell } from "../src/views/csv.js";
import widget from "../src/widget.js";
import { imageMessage, panel, tableMessage, traits } from "./data.js";
import { FakeModel } from "./fakeModel.js";
import { fire, openPage } from "./helpers.js";

const EVIL = [
  '<img src=x onerror="window.pwned=1">',
  "</script><script>window.pwned=1</script>",
  "<svg onload=window.pwned=1>",
  "javascript:window.pwned=1",
  "<!--",
  "__proto__",
  "\u202Eevil",
  "x".repeat(10_000),
];

describe("user text", () => {
  it("is text, wherever it appears", () => {
    const evil = EVIL[0]!;
    const settings = [{ name: "s", label: evil, kind: "choice", choices: EVIL, default: evil, help: evil }];
    const methods = EVIL.map((title, i) => ({ name: `m${i}`, title, reason: i ? evil : null, help: evil }));
    const targets = [{ value: "predicted", label: evil, score: 1 }];
    const page = openPage({
      method: "m0",
      _panel: panel({ settings, methods, targets, rows: { count: 1, labels: [evil] } }),
      _reference: { kind: "rows", count: 1, words: evil },
    });
    const answer = { title: evil, target: evil, baseline: evil, notes: EVIL };
    page.deliver(
      tableMessage(
        EVIL,
        EVIL,
        EVIL.map((_, i) => i + 1),
        { answer },
      ),
    );
    page.button("Table").click();
    page.model.deliver({ kind: "failed", run: 1, error: { what: evil, hint: evil, details: EVIL[1] } });
    page.model.deliver({ kind: "heard", seq: 1, refused: { seed: evil, __proto__: evil } });
    page.clock.draw();
    expect(page.all("img, script, svg[onload], a")).toHaveLength(0);
    expect((window as unknown as { pwned?: number }).pwned).toBeUndefined();
    expect(page.find(".jx-alert").textContent).toContain(evil);
    expect(page.find("table.jx-table").textContent).toContain(evil);
  });

  it("cannot become a formula in a spreadsheet", () => {
    expect(["=1+1", "+cmd", "-cmd", "@x", "plain", 'a"b,c', "-1.5e3"].map(csvCell)).toEqual([
      '"\'=1+1"',
      '"\'+cmd"',
      '"\'-cmd"',
      '"\'@x"',
      "plain",
      '"a""b,c"',
      "-1.5e3",
    ]);
    expect(
      csv([
        ["a", 0.1],
        ["b", Number.NaN],
      ]),
    ).toBe("a,0.1\r\nb,");
  });
});

describe("root", () => {
  it("says what it shows", () => {
    document.documentElement.lang = "en-US";
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2, { run: 4, answer: { evals: 40 } }));
    expect({ ...page.root().dataset }).toMatchObject({
      status: "done",
      run: "4",
      evals: "40",
      method: "integrated_gradients",
      hostLang: "en-US",
    });
    expect(page.root().getAttribute("aria-label")).toBe("Explanation: Integrated gradients, class 3");
    expect(page.find(".jx-error-estimate").textContent).toBe("Error ≤ 0.006");
    expect(page.find(".jx-gap").textContent).toBe("Gap 0.0096 (0.2\u202f% of 4.81)");
    expect(page.find(".jx-evals").textContent).toBe("40 of 64 gradients");
  });

  it("says one evaluation, not evaluations", () => {
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2, { answer: { evals: 1, samples: null } }));
    expect(page.find(".jx-evals").textContent).toBe("1 gradient");
  });

  it.each([
    ["exact", null, "Error none, exact"],
    ["stderr", 0.008, "Error ± 0.008"],
    ["gap", 0.01, "Error ≈ 0.01"],
    ["unknown", null, "Error not known"],
  ])("words the error by its kind: %s", (error_kind, error, words) => {
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2, { answer: { error_kind, error, gap: null } }));
    expect(page.find(".jx-error-estimate").textContent).toBe(words);
    expect(page.find(".jx-gap").textContent).toContain("none promised");
  });

  it("puts one to three reasons into a sentence", () => {
    const page = openPage();
    const names = ["perimeter", "concavity", "error"];
    page.deliver(tableMessage(names, ["152.5", "0.21", "0.005"], [0.17, 0.11, -0.04]));
    expect(page.find(".jx-say").textContent).toBe(
      "Mostly because perimeter = 152.5 (+0.170) and concavity = 0.21 (+0.110), against error = 0.005 (−0.040). " +
        "Describes the model, not the world.",
    );
  });

  it("announces the end once, not every frame", () => {
    const page = openPage();
    const live = page.find('[aria-live="polite"]');
    page.model.deliver({ kind: "started", run: 1 });
    for (let frame = 0; frame < 5; frame++) {
      page.deliver(imageMessage([1, 2], 1, 2, { frame, answer: { final: false } }));
      expect(live.textContent).toBe("");
    }
    page.deliver(imageMessage([1, 2], 1, 2, { frame: 9 }));
    expect(live.textContent).toContain("Done: 40 gradients. Error ≤ 0.006.");
  });

  it("shows a failure as one strip that can be dismissed", () => {
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2));
    page.model.deliver({ kind: "started", run: 2 });
    page.model.deliver({
      kind: "failed",
      run: 2,
      error: { what: "No gradient.", hint: "Try SHAP.", details: "trace" },
    });
    page.clock.draw();
    const alert = page.find('.jx-alert[role="alert"]');
    expect(alert.textContent).toContain("No gradient. Try SHAP. The last good answer is shown dimmed.");
    expect(alert.querySelector("details")?.open).toBe(false);
    expect(page.find(".jx-main").classList.contains("jx-stale")).toBe(true);
    page.find(".jx-close").click();
    page.clock.draw();
    expect(page.all(".jx-alert")).toHaveLength(0);
  });

  it("changes language in place", () => {
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2));
    const language = page.labelled<HTMLSelectElement>("Language");
    language.value = "zh-CN";
    fire(language, "change");
    expect(page.root().lang).toBe("zh-CN");
    expect(page.button("停止")).toBeTruthy();
    expect(page.model.of("ask")[0]?.changes).toEqual({ lang: "zh-CN" });
    expect(page.find("canvas.jx-heatmap")).toBeTruthy();
    page.model.push({ lang: "zh-CN" });
    page.clock.draw();
    page.model.push({ lang: "en" });
    page.clock.draw();
    expect(page.button("Stop")).toBeTruthy();
  });

  it("names an answer type that it cannot draw", () => {
    const page = openPage();
    page.deliver({
      content: { kind: "answer", run: 1, frame: 1, answer: { type: "sculpture", title: "PDP" } },
      buffers: [],
    });
    expect(page.root().textContent).toContain("cannot draw an answer of type “sculpture”");
  });
});

describe("widget", () => {
  it("keeps one store for several views, and leaves nothing behind", () => {
    const definition = widget() as {
      initialize(o: object): () => void;
      render(o: object): () => void;
    };
    const model = new FakeModel(traits());
    const end = definition.initialize({ model });
    const views = [document.createElement("div"), document.createElement("div")];
    const unmount = views.map((el) => definition.render({ model, el }));
    expect(model.of("sync")).toHaveLength(1);
    expect(views.map((el) => el.querySelectorAll(".jx-root").length)).toEqual([1, 1]);
    for (const stop of unmount) stop();
    end();
    expect(model.listeners()).toBe(0);
    expect(views.map((el) => el.childElementCount)).toEqual([0, 0]);
  });

  it("never touches markup, the network or the page's globals", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
    for (const file of files) {
      const source = readFileSync(join("src", file), "utf8");
      expect(source).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(/,
      );
      expect(source.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
      expect(source).not.toMatch(/window\.\w+\s*=[^=]/);
    }
  });

  it("styles nothing outside its root", () => {
    const css = readFileSync("src/widget.css", "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    const selectors = [...css.matchAll(/([^{}]+)\{/g)].flatMap((m) => m[1]!.split(",")).map((s) => s.trim());
    const own = selectors.filter((s) => s !== "" && !s.startsWith("@"));
    expect(own.length).toBeGreaterThan(50);
    for (const selector of own) expect(selector).toMatch(/^(\.jx-root|[\d.]+%|from|to)/);
  });
});
