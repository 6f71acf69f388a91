import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { linearScale, logScale } from "../src/controls/slider.js";
import { panel, tableMessage } from "./data.js";
import { fire, openPage } from "./helpers.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("slider scales", () => {
  it("log hits the powers of two and both ends, and grows", () => {
    const scale = logScale(8, 4096, true);
    const values = Array.from({ length: scale.steps + 1 }, (_, p) => scale.at(p));
    for (const power of [8, 16, 64, 1024, 4096]) expect(values).toContain(power);
    expect(values.every((v, i) => i === 0 || v > values[i - 1]!)).toBe(true);
    expect(scale.at(scale.position(64))).toBe(64);
  });
  it("linear keeps whole numbers whole", () => {
    const scale = linearScale(0, 568, true);
    expect([scale.at(0), scale.at(17), scale.at(568), scale.position(17)]).toEqual([0, 17, 568, 17]);
  });
});

describe("controls", () => {
  it("are native and labelled", () => {
    const page = openPage({ _panel: panel({ rows: { count: 3, labels: ["a", "b", "c"] } }) });
    for (const label of ["Method", "Target", "Baseline", "Row", "Language"]) {
      expect(page.labelled(label).tagName).toBe("SELECT");
    }
    expect(page.labelled("Samples").type).toBe("range");
    expect(page.labelled("Seed").type).toBe("number");
    for (const name of ["Stop", "Reset", "Pin", "Table"]) expect(page.button(name)).toBeTruthy();
  });

  it("offer methods that do not apply only with their reason", () => {
    const options = [...openPage().labelled<HTMLSelectElement>("Method").options];
    const tree = options.find((o) => o.value === "tree_shap");
    expect(tree?.disabled).toBe(true);
    expect(tree?.textContent).toBe("Tree SHAP – needs trees");
  });

  it("ask coarsely while dragging, finely on release, and never jump back", () => {
    const page = openPage();
    const samples = page.labelled("Samples");
    samples.value = "40";
    fire(samples, "input");
    expect(page.model.of("ask")[0]).toMatchObject({ coarse: true });
    page.model.push({ samples: 9 });
    page.clock.draw();
    expect(samples.value).toBe("40");
    fire(samples, "change");
    page.model.deliver({ kind: "heard", seq: 1, refused: {} });
    expect(page.model.of("ask")[1]).toMatchObject({ coarse: false });
    page.model.deliver({ kind: "heard", seq: 2, refused: {} });
    const asked = page.model.of("ask")[1]?.changes.samples;
    page.model.push({ samples: asked });
    vi.advanceTimersByTime(1000);
    page.clock.draw();
    expect(samples.value).toBe("40");
  });

  it("follow what Python sets", () => {
    const page = openPage();
    page.model.push({ seed: 12, samples: 1024, target: 1 });
    page.clock.draw();
    expect(page.labelled("Seed").value).toBe("12");
    expect(page.labelled("Samples").getAttribute("aria-valuetext")).toBe("1024");
    expect(page.labelled<HTMLSelectElement>("Target").value).toBe("1");
  });

  it("show why a value was refused and go back to the trait's", () => {
    const page = openPage();
    const target = page.labelled<HTMLSelectElement>("Target");
    target.value = "1";
    fire(target, "change");
    expect(page.model.of("ask")[0]?.changes).toEqual({ target: 1 });
    page.model.deliver({ kind: "heard", seq: 1, refused: { target: "must be 0" } });
    page.clock.draw();
    expect(target.value).toBe("predicted");
    expect(page.root().textContent).toContain("Not accepted: must be 0");
  });

  it("send the seed once it is typed", () => {
    const page = openPage();
    const seed = page.labelled("Seed");
    for (const text of ["4", "42"]) {
      seed.value = text;
      fire(seed, "input");
    }
    vi.advanceTimersByTime(400);
    expect(page.model.of("ask").map((ask) => ask.changes)).toEqual([{ seed: 42 }]);
    fire(seed, "change");
    expect(page.model.of("ask")).toHaveLength(1);
  });

  it("stop and reset", () => {
    const page = openPage();
    expect(page.button("Stop").disabled).toBe(true);
    page.model.deliver({ kind: "started", run: 1 });
    page.clock.draw();
    page.button("Stop").click();
    page.button("Reset").click();
    expect(page.model.of("stop")).toHaveLength(1);
    expect(page.model.of("reset")).toEqual([{ kind: "reset", seq: 1 }]);
  });
});

describe("settings", () => {
  const settings = [
    {
      name: "steps",
      label: "Steps",
      kind: "int",
      low: 1,
      high: 100,
      log: false,
      choices: null,
      default: 50,
      help: "h",
    },
    {
      name: "width",
      label: "Width",
      kind: "float",
      low: 0.1,
      high: 10,
      log: true,
      choices: null,
      default: 1,
    },
    {
      name: "rule",
      label: "Rule",
      kind: "choice",
      low: null,
      high: null,
      choices: ["left", "right"],
      default: "left",
    },
    { name: "paired", label: "Paired", kind: "bool", low: null, high: null, choices: null, default: true },
    { name: "at", label: "Layer", kind: "text", low: null, high: null, choices: null, default: "" },
    { name: "tol", label: "Tolerance", kind: "float", low: null, high: null, choices: null, default: 0.5 },
  ];

  it("are generated from what the method declares", () => {
    const page = openPage({ _panel: panel({ settings }), settings: { steps: 20 } });
    const types = settings.map((s) => page.labelled(s.label)).map((i) => i.getAttribute("type") ?? i.tagName);
    expect(types).toEqual(["range", "range", "SELECT", "checkbox", "text", "number"]);
    expect(page.labelled("Steps").getAttribute("aria-valuetext")).toBe("20");
    expect(page.labelled("Paired").checked).toBe(true);
    const rule = page.labelled<HTMLSelectElement>("Rule");
    rule.value = "right";
    fire(rule, "change");
    const paired = page.labelled("Paired");
    paired.checked = false;
    fire(paired, "change");
    page.model.deliver({ kind: "heard", seq: 1, refused: {} });
    expect(page.model.of("ask").map((a) => a.changes.settings)).toEqual([
      { rule: "right" },
      { paired: false },
    ]);
  });

  it("change with the method", () => {
    const page = openPage({ _panel: panel({ settings }) });
    page.model.push({ _panel: panel({ settings: settings.slice(0, 1) }) });
    page.clock.draw();
    expect(() => page.labelled("Rule")).toThrow();
    expect(page.labelled("Steps").type).toBe("range");
  });

  it("show a setting only where another one makes it matter", () => {
    const when = { name: "rule", values: ["right"] };
    const width = { ...settings[1], when };
    const page = openPage({ _panel: panel({ settings: [settings[2], width] }) });
    expect(() => page.labelled("Width")).toThrow();
    page.model.push({ settings: { rule: "right" } });
    page.clock.draw();
    expect(page.labelled("Width").type).toBe("range");
  });

  it("show a choice that does not apply with its reason, and do not let it be chosen", () => {
    const shut = { right: "needs a dataset (rows)" };
    const page = openPage({ _panel: panel({ settings: [{ ...settings[2], shut }] }) });
    const options = [...page.labelled<HTMLSelectElement>("Rule").options];
    expect(options.map((o) => [o.value, o.textContent, o.disabled])).toEqual([
      ["left", "left", false],
      ["right", "right – needs a dataset (rows)", true],
    ]);
  });

  it("show all settings that a mapping from Python may use", () => {
    const width = { ...settings[1], when: { name: "rule", values: ["right"] } };
    const page = openPage({ _panel: panel({ settings: [settings[2], width] }) });
    page.model.push({ settings: { rule: { 0: "right" } } });
    page.clock.draw();
    expect(page.labelled("Width").type).toBe("range");
  });

  it("take a setting that is not set for an empty one", () => {
    const width = { ...settings[1], when: { name: "at", values: [""] } };
    const page = openPage({ _panel: panel({ settings: [settings[4], width] }), settings: { at: null } });
    expect(page.labelled("Width").type).toBe("range");
    page.model.push({ settings: { at: "conv" } });
    page.clock.draw();
    expect(() => page.labelled("Width")).toThrow();
  });

  it("hide the samples of an exact method", () => {
    const page = openPage({ _panel: panel({ samples: null }) });
    expect(() => page.labelled("Samples")).toThrow();
  });
});

describe("keys", () => {
  it("stay inside the widget, except shortcuts and Tab", () => {
    const page = openPage();
    page.deliver(tableMessage(["a"], ["1"], [1]));
    const outside = vi.fn();
    document.body.addEventListener("keydown", outside);
    for (const key of ["a", "b", "d", "0", "ArrowDown", "Enter"]) {
      page.button("Table").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
    expect(outside).not.toHaveBeenCalled();
    page
      .button("Table")
      .dispatchEvent(new KeyboardEvent("keydown", { key: "s", ctrlKey: true, bubbles: true }));
    page.button("Table").dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", bubbles: true }));
    expect(outside).toHaveBeenCalledTimes(2);
    document.body.removeEventListener("keydown", outside);
  });
});
