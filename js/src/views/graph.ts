// A model as a graph: boxes from top to bottom, blocks that open and close, details of the chosen layer.

import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { count, percent } from "../format.js";
import { panZoom } from "../panZoom.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type GraphData, type GraphNode, graphOf, shapeText } from "./graphData.js";
import { planOf } from "./graphLayout.js";

const MOST = 14;
const TALL = 860;
const LETTER = 6.3;

export function graph(host: ViewHost): View {
  const { t } = host;
  const lines = svg("g", { class: "jx-graph-lines" });
  const boxes = svg("g", { role: "list", "aria-label": t("graph.group") });
  const content = svg("g", {}, lines, boxes);
  const arrow = `${host.uid}-arrow`;
  const size = { refX: 6.5, refY: 3.5, markerWidth: 7, markerHeight: 7 };
  const tip = svg("marker", { id: arrow, orient: "auto", ...size }, svg("path", { d: "M0 0L7 3.5L0 7z" }));
  const picture = svg("svg", { class: "jx-graph", tabindex: 0, role: "group" }, tip, content);
  const zoom = panZoom(picture, content, t);
  const detail = h("div", { class: "jx-graph-detail", "aria-live": "polite" });
  const folding = h(
    "span",
    {},
    button(t("graph.open"), () => level(99)),
    " ",
  );
  folding.append(button(t("graph.close"), () => level(0)));
  const tools = h("div", { class: "jx-tools" }, zoom.tools, folding);
  const idle = h("p", { class: "jx-soft" });
  const element = h("div", { class: "jx-picture" }, picture, tools, detail, idle);
  let data: GraphData = { nodes: [], edges: [], depth: [], parameters: null, trainable: 0 };
  let open = new Set<number>();
  let chosen = -1;
  let drawn = new Map<number, SVGGElement>();
  let plan: ReturnType<typeof planOf>;
  let width = 0;

  function button(label: string, act: () => void): HTMLButtonElement {
    const made = h("button", { type: "button", class: "jx-button" }, label);
    on(made, "click", act);
    return made;
  }

  function update({ answer }: Scene): void {
    const next = graphOf(answer);
    if (next === null || next === data) return;
    const same = JSON.stringify(next.nodes) === JSON.stringify(data.nodes);
    data = next;
    setAttribute(picture, "aria-label", t("graph.label", { model: answer.target }));
    const never = data.nodes.filter((n) => n.calls === 0).map((n) => `${n.name} (${n.type})`);
    show(idle, never.length > 0);
    setText(idle, t("graph.idle", { names: never.join(", ") }));
    show(
      folding,
      data.nodes.some((n) => n.kind === "block"),
    );
    if (same) return;
    // A new model: as many levels open as can be read at once.
    chosen = -1;
    detail.replaceChildren(h("p", { class: "jx-soft" }, t("graph.hint")));
    let deep = Math.max(...data.depth);
    do level(deep);
    while (drawn.size - open.size > MOST && deep-- > 0);
  }

  function level(deep: number): void {
    const { nodes, depth } = data;
    open = new Set([...nodes.keys()].filter((i) => nodes[i]!.kind === "block" && depth[i]! < deep));
    draw();
    refit();
  }

  function refit(): void {
    width = picture.clientWidth;
    const shrunk = width > 0 ? Math.min(1, width / plan.width) : 1;
    picture.style.height = `${Math.min(TALL, plan.height * shrunk + 16)}px`;
    zoom.fit(plan.width, plan.height + 8);
  }
  const resized = (): void => {
    if (drawn.size > 0 && Math.abs(picture.clientWidth - width) > 20) refit();
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resized).observe(picture);

  function draw(): void {
    plan = planOf(data, open, (i) => sizeOf(data.nodes[i]!));
    drawn = new Map([...plan.boxes].map(([i, box]) => [i, makeBox(i, box)]));
    boxes.replaceChildren(...drawn.values());
    lines.replaceChildren(
      ...plan.lines.flatMap(({ points, words, back }) => {
        let d = `M${points[0]}`;
        for (let i = 1; i < points.length; i++) {
          const middle = (points[i - 1]![1] + points[i]![1]) / 2;
          d += `C${points[i - 1]![0]} ${middle} ${points[i]![0]} ${middle} ${points[i]}`;
        }
        const [x, y] = points.at(-1)!;
        const path = svg("path", { d, "marker-end": `url(#${arrow})`, class: back ? "jx-back" : null });
        return words === "" ? [path] : [path, svg("text", { x: x + 5, y: y - 8 }, words)];
      }),
    );
    mark();
  }

  function makeBox(i: number, [left, top, wide, high]: [number, number, number, number]): SVGGElement {
    const node = data.nodes[i]!;
    const [isOpen, block] = [open.has(i), node.kind === "block"];
    const words = wordsOf(node);
    const label = block ? `${words.join(", ")}, ${t("graph.block")}` : words.join(", ");
    const group = svg("g", {
      class: `jx-node jx-${node.kind}`,
      role: "listitem",
      transform: `translate(${left} ${top})`,
      "aria-label": label,
    });
    group.append(
      svg("rect", { width: wide, height: high, rx: block || node.kind === "layer" ? 5 : high / 2 }),
    );
    for (const [k, line] of (isOpen ? words.slice(0, 1) : words).entries()) {
      const y = isOpen ? 15 : high / 2 + (k - (words.length - 1) / 2) * 14 + 4;
      const place = isOpen ? { x: 24, y } : { x: wide / 2, y, "text-anchor": "middle" };
      group.append(svg("text", { ...place, class: k > 0 || isOpen ? "jx-minor" : null }, line));
    }
    if (block) group.append(svg("text", { x: 9, y: 15, class: "jx-fold" }, isOpen ? "−" : "+"));
    group.addEventListener("click", (event) => {
      if (block && (event.target as Element).classList.contains("jx-fold")) fold(i);
      choose(i);
    });
    group.addEventListener("dblclick", () => block && fold(i));
    return group;
  }

  function fold(i: number): void {
    if (!open.delete(i)) open.add(i);
    draw();
    refit();
  }

  /** The chosen node has the one tab stop inside the picture. */
  function mark(): void {
    const first = drawn.has(chosen) ? chosen : drawn.keys().next().value;
    for (const [i, box] of drawn) {
      setAttribute(box, "tabindex", i === first ? 0 : -1);
      box.classList.toggle("jx-chosen", i === chosen);
    }
  }

  boxes.addEventListener("keydown", (event) => {
    const order = [...drawn.keys()];
    const at = order.findIndex((i) => drawn.get(i) === document.activeElement);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const go = at + (steps[event.key] ?? 0);
    const to = order[{ Home: 0, End: order.length - 1 }[event.key] ?? go];
    const act = event.key === "Enter" || event.key === " ";
    if (to === undefined || (!act && to === order[at])) return;
    event.preventDefault();
    event.stopPropagation();
    if (act && data.nodes[to]!.kind === "block") fold(to);
    choose(to);
    drawn.get(to)?.focus();
  });

  /** What is known of a node, and what can be asked about it. */
  function choose(i: number): void {
    chosen = i;
    mark();
    const node = data.nodes[i]!;
    const layer = node.kind === "layer" || node.kind === "block";
    const share = data.parameters ? ` (${percent(node.total / data.parameters)})` : "";
    const facts = [
      [t("graph.output"), shapeText(node)],
      [t("graph.parameters"), node.total > 0 ? count(node.total) + share : ""],
      [t("graph.frozen"), node.total > node.trainable ? count(node.total - node.trainable) : ""],
      [t("graph.runs"), node.calls > 1 ? count(node.calls) : ""],
      [t("graph.shared"), node.shared.join(", ")],
      [t("graph.columns"), node.detail],
    ].filter((fact) => fact[1] !== "");
    const words = facts.map(([name, value]) => h("span", {}, `${name} `, h("b", {}, value!)));
    const title = h("span", {}, h("b", {}, layer ? node.name : node.type), layer ? ` ${node.type}` : "");
    const row = h("div", { class: "jx-tools" });
    const asked =
      layer && node.name !== "" && node.shape !== null ? ["activations", "grad_cam", "input_x_gradient"] : [];
    for (const method of asked) {
      const title = host.offers?.(method);
      if (title == null || (method === "grad_cam" && node.shape!.length < 2)) continue;
      const label = method === "activations" ? t("graph.explain") : title;
      row.append(button(label, () => host.ask?.({ method, settings: { at: node.name } })));
    }
    detail.replaceChildren(h("div", { class: "jx-tools jx-num" }, title, ...words), row);
  }

  function wordsOf(node: GraphNode): string[] {
    const { kind, calls, call } = node;
    // Inside a block without the block's own name.
    const above = `${data.nodes[node.parent ?? -1]?.name ?? ""}.`;
    const name = node.name.startsWith(above) ? node.name.slice(above.length) : node.name;
    const runs = calls < 2 ? "" : call > 0 ? ` (${call}/${calls})` : ` (×${calls})`;
    const short = (name.length <= 26 ? name : `…${name.slice(-25)}`) + runs;
    if (kind === "operation") return [short];
    if (kind === "input" || kind === "output") return [`${name}: ${shapeText(node)}`];
    const params = node.total > 0 ? t("graph.count", { n: count(node.total) }) : "";
    const join = (parts: string[]): string => parts.filter((part) => part !== "").join(" · ");
    return [join([short, node.type]), join([shapeText(node), params, node.detail.slice(0, 40)])].filter(
      Boolean,
    );
  }

  function sizeOf(node: GraphNode): [number, number] {
    const words = wordsOf(node);
    const letters = words.map((line) => [...line].reduce((sum, c) => sum + (c > "\u2e7f" ? 2 : 1), 0));
    const fold = node.kind === "block" ? 38 : 18;
    return [Math.max(44, LETTER * Math.max(...letters) + fold), 15 * words.length + 9];
  }

  return { element, curve: "aside", update };
}
