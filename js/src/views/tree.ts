// A decision tree from top to bottom: the row's way thick and framed, subtrees that open and close, a node's rule.

import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { count, LETTER, middle, percent, plain } from "../format.js";
import { panZoom } from "../panZoom.js";
import type { Scene, View, ViewHost } from "../view.js";
import { rule, type TreeData, type TreeNode, treeOf, worth } from "./treeData.js";

const LINE = 14;
const LEVEL = 78;
const GAP = 9;
const TALL = 720;
/** Drawings are never shown smaller than this at first. */
const LEAST = 0.8;
const KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "Enter", " "];

interface Shape {
  x: number;
  left: number[];
  right: number[];
  kids: Shape[];
  i: number;
}
type Place = [number, number];

export function tree(host: ViewHost): View {
  const { t } = host;
  const [edges, boxes] = [svg("g", { class: "jx-tree-edges" }), svg("g", { role: "tree" })];
  const content = svg("g", {}, edges, boxes);
  const picture = svg("svg", { class: "jx-tree", tabindex: 0, role: "group" }, content);
  const zoom = panZoom(picture, content, t);
  const detail = h("p", { class: "jx-tree-detail jx-num" });
  const less = h("p", { class: "jx-soft" });
  const button = (words: "tree.open" | "tree.close", act: () => void): HTMLElement => {
    const made = h("button", { type: "button", class: "jx-button" }, t(words));
    on(made, "click", act);
    return made;
  };
  const tools = h("div", { class: "jx-tools" }, zoom.tools);
  tools.append(
    button("tree.open", () => all(true)),
    button("tree.close", () => all(false)),
  );
  const depths = fidelityBars(host);
  const element = h("div", { class: "jx-picture" }, picture, tools, detail, depths.element, less);
  let data: TreeData | null = null;
  let key = "";
  let open = new Set<number>();
  let drawn = new Map<number, SVGGElement>();
  let [chosen, width, size] = [0, 0, { width: 1, height: 1 }];

  function update({ answer }: Scene): void {
    const next = treeOf(answer);
    if (next === null || next === data) return;
    const held = boxes.contains(document.activeElement);
    setAttribute(detail, "aria-live", null); // a frame is no news
    const shape = JSON.stringify([next.total, next.nodes.map((n) => [n.up, n.ask?.slice(0, 3)])]);
    const end = (d: TreeData | null): number => d?.nodes.findLastIndex((n) => n.way) ?? -1;
    const [fresh, moved] = [shape !== key, end(next) !== end(data)];
    data = next;
    key = shape;
    setAttribute(picture, "aria-label", t("tree.label", { n: count(next.total) }));
    show(less, next.total > next.nodes.length);
    setText(less, t("tree.less", { n: count(next.total - next.nodes.length), total: count(next.total) }));
    depths.update(next);
    if (fresh) start();
    else for (const [i, n] of next.nodes.entries()) if (n.way && n.kids.length > 0) open.add(i);
    draw();
    choose(fresh || moved ? Math.max(0, end(next)) : chosen);
    if (fresh || moved) refit();
    if (held) drawn.get(chosen)?.focus();
  }

  /** The way, and of the rest the largest nodes, as many as can be read. */
  function start(): void {
    const { nodes } = data!;
    const inner = [...nodes.keys()].filter((i) => nodes[i]!.kids.length > 0);
    open = new Set(inner.filter((i) => nodes[i]!.way));
    const room = (picture.clientWidth || 640) / LEAST;
    for (const i of inner.sort((a, b) => nodes[b]!.cover - nodes[a]!.cover)) {
      if (open.has(i) || (nodes[i]!.up >= 0 && !open.has(nodes[i]!.up))) continue;
      open.add(i);
      if (extent(planned()).wide > room) open.delete(i);
      if (open.size > 60) return;
    }
  }

  function all(wide: boolean): void {
    const { nodes } = data!;
    open = new Set([...nodes.keys()].filter((i) => nodes[i]!.kids.length > 0 && (wide || nodes[i]!.way)));
    again();
  }

  function again(): void {
    draw();
    choose(drawn.has(chosen) ? chosen : 0);
    refit();
  }

  function refit(): void {
    width = picture.clientWidth;
    const shrunk = width > 0 ? Math.min(1, width / size.width) : 1;
    picture.style.height = `${Math.min(TALL, Math.max(130, size.height * shrunk + 12))}px`;
    zoom.fit(size.width, size.height);
  }
  const resized = (): void => {
    const now = picture.clientWidth;
    if (data === null || now === 0 || Math.abs(now - width) <= 20) return;
    if (Math.abs(Math.log(now / (width || now))) > 0.25) start();
    again();
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resized).observe(picture);

  const planned = (): Shape => plan(data!, open, 0, breadth);

  function draw(): void {
    const root = planned();
    const { wide, left } = extent(root);
    const places = new Map<number, Place>();
    spread(root, -left + 6, 4, places);
    const levels = Math.max(...[...places.keys()].map((i) => data!.nodes[i]!.depth)) + 1;
    size = { width: wide + 12, height: levels * LEVEL - 18 };
    drawn = new Map([...places].map(([i, place]) => [i, box(i, place)]));
    boxes.replaceChildren(...drawn.values());
    edges.replaceChildren(...[...places].flatMap(([i, place]) => edge(i, place, places)));
  }

  function edge(i: number, [x, y]: Place, places: Map<number, Place>): SVGElement[] {
    const node = data!.nodes[i]!;
    if (node.up < 0) return [];
    const [px, top] = places.get(node.up)!;
    const from = top + high(data!.nodes[node.up]!);
    const d = `M${px} ${from}C${px} ${(from + y) / 2} ${x} ${(from + y) / 2} ${x} ${y}`;
    const way = node.way ? "jx-way" : null;
    const side = node.yes ? { x: x - 6, "text-anchor": "end" } : { x: x + 6, "text-anchor": "start" };
    return [
      svg("path", { d, class: way, "stroke-width": (0.8 + 9 * node.cover).toFixed(1) }),
      svg("text", { ...side, y: y - 5, class: way }, t(node.yes ? "tree.yes" : "tree.no")),
    ];
  }

  /** A question with what the row answers, or what a leaf gives. */
  function lines(node: TreeNode): string[] {
    const { ask, value, best, cover } = node;
    if (ask === null) return [plain(value), ...(best === "" ? [] : [middle(best, 14)]), percent(cover)];
    const more = here(node) === "" ? [] : [here(node)];
    return [middle(ask[0]!, 20), middle(ask[1]!, 24), ...more];
  }
  /** What the row answers, or how much is left out below. */
  function here({ ask, way, hidden }: TreeNode): string {
    if (hidden > 0) return t("tree.hidden", { n: count(hidden) });
    return way && ask !== null && ask[3] !== "" ? t("tree.here", { value: middle(ask[3]!, 14) }) : "";
  }
  const high = (node: TreeNode): number => LINE * lines(node).length + 8;
  function breadth(node: TreeNode): number {
    const letters = lines(node).map((line) => [...line].reduce((sum, c) => sum + (c > "\u2e7f" ? 2 : 1), 0));
    const fold = node.kids.length > 0 ? 42 : 14;
    return Math.max(40, (node.way ? 1.1 : 1) * LETTER * Math.max(...letters) + fold);
  }

  function box(i: number, [x, y]: Place): SVGGElement {
    const node = data!.nodes[i]!;
    const [wide, tall, folds] = [breadth(node), high(node), node.kids.length > 0];
    const words = lines(node).flatMap((line, k) => {
      const place = { x: wide / 2, y: 15 + LINE * k, "text-anchor": "middle" };
      return [svg("text", { ...place, class: k > 0 ? "jx-minor" : null }, line), " "];
    });
    const mark = { x: wide - 5, y: tall - 4, "text-anchor": "end", class: "jx-fold" };
    const made = svg(
      "g",
      {
        class: `jx-twig${node.way ? " jx-way" : ""}${node.ask === null ? " jx-leaf" : ""}`,
        role: "treeitem",
        "aria-level": node.depth + 1,
        "aria-expanded": folds ? String(open.has(i)) : null,
        "aria-label": name(i),
        transform: `translate(${x - wide / 2} ${y})`,
      },
      svg("rect", {
        width: wide,
        height: tall,
        rx: 4,
        style: `--jx-part:${Math.round(4 + 26 * node.cover)}%`,
      }),
      ...words,
      folds && svg("text", mark, open.has(i) ? "−" : "+"),
    );
    made.addEventListener("click", ({ target }) => {
      if (folds && (!open.has(i) || (target as Element).classList.contains("jx-fold"))) fold(i);
      choose(i);
    });
    return made;
  }

  function name(i: number): string {
    const node = data!.nodes[i]!;
    const words = node.ask === null ? "" : `${node.ask[0]} ${node.ask[1]}? ${here(node)}`.trim();
    const said = t("tree.node", { words, value: worth(node), share: percent(node.cover) });
    return (node.way ? `${said}, ${t("tree.on")}` : said).trim();
  }

  function fold(i: number): void {
    if (!open.delete(i)) open.add(i);
    again();
  }

  /** The chosen node has the one tab stop inside the picture; its rule is read out. */
  function choose(i: number): void {
    chosen = i;
    for (const [k, made] of drawn) {
      setAttribute(made, "tabindex", k === i ? 0 : -1);
      made.classList.toggle("jx-chosen", k === i);
    }
    const node = data!.nodes[i]!;
    const where = rule(data!, i).join(t("tree.and")) || t("tree.all");
    const purity = Number.isNaN(node.impurity) ? "" : ` · ${data!.criterion} ${plain(node.impurity)}`;
    const facts = t("tree.facts", { value: worth(node), share: percent(node.cover) });
    detail.replaceChildren(`${where}: `, h("b", {}, facts), purity);
  }

  boxes.addEventListener("keydown", (event) => {
    if (!KEYS.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const { nodes } = data!;
    const { up, depth, kids } = nodes[chosen]!;
    const down = event.key === "ArrowDown";
    const act = event.key === "Enter" || event.key === " ";
    if (kids.length > 0 && (act || (down && !open.has(chosen)))) fold(chosen);
    const level = [...drawn.keys()].filter((i) => nodes[i]!.depth === depth);
    const beside = level[level.indexOf(chosen) + (event.key === "ArrowRight" ? 1 : -1)];
    const first = kids.find((k) => nodes[k]!.way) ?? kids[0];
    const goes = { ArrowUp: up, ArrowDown: first, Home: 0, Enter: chosen, " ": chosen }[event.key];
    const to = event.key in { ArrowLeft: 1, ArrowRight: 1 } ? beside : goes;
    setAttribute(detail, "aria-live", "polite");
    if (to !== undefined && drawn.has(to)) choose(to);
    drawn.get(chosen)?.focus();
  });

  return { element, curve: "aside", update };
}

/** Subtrees as close as their outlines allow (Reingold and Tilford 1981); x is relative to the parent. */
function plan(data: TreeData, open: Set<number>, i: number, wide: (node: TreeNode) => number): Shape {
  const node = data.nodes[i]!;
  const half = wide(node) / 2;
  const kids = open.has(i) ? node.kids.map((k) => plan(data, open, k, wide)) : [];
  const [left, right] = [[-half], [half]];
  const [a, b] = kids;
  if (a !== undefined && b !== undefined) {
    const levels = Math.min(a.right.length, b.left.length);
    let apart = 0;
    for (let l = 0; l < levels; l++) apart = Math.max(apart, a.right[l]! - b.left[l]! + GAP);
    [a.x, b.x] = [-apart / 2, apart / 2];
    for (let l = 0; l < Math.max(a.left.length, b.left.length); l++) {
      left.push(Math.min((a.left[l] ?? Infinity) + a.x, (b.left[l] ?? Infinity) + b.x));
      right.push(Math.max((a.right[l] ?? -Infinity) + a.x, (b.right[l] ?? -Infinity) + b.x));
    }
  }
  return { x: 0, left, right, kids, i };
}

function extent({ left, right }: Shape): { wide: number; left: number } {
  const least = Math.min(...left);
  return { wide: Math.max(...right) - least, left: least };
}

function spread(shape: Shape, x: number, y: number, places: Map<number, Place>): void {
  places.set(shape.i, [x + shape.x, y]);
  for (const kid of shape.kids) spread(kid, x + shape.x, y + LEVEL, places);
}

/** How good a surrogate is at every depth; a click asks for that depth. */
function fidelityBars({ t, ask }: ViewHost) {
  const bars = h("div", { class: "jx-depths jx-num", role: "group", "aria-label": t("tree.depths") });
  const element = h("div", {}, h("p", { class: "jx-soft" }, t("tree.depths")), bars);
  const made = Array.from({ length: 8 }, (_, i) => {
    const [value, bar] = [h("small"), h("i")];
    const one = h("button", { type: "button" }, h("span", {}, String(i + 1)), " ", value, bar);
    on(one, "click", () => ask?.({ settings: { depth: i + 1 } }));
    return { value, bar, one };
  });
  bars.append(...made.map(({ one }) => one));
  return {
    element,
    update({ fidelity, stderr, depth }: TreeData): void {
      show(element, fidelity !== null);
      if (fidelity === null) return;
      for (const [i, { value, bar, one }] of made.entries()) {
        const [good, error] = [fidelity[i + 1] ?? 0, stderr?.[i + 1] ?? 0];
        const words = t("tree.level", { d: i + 1, value: good.toFixed(2), error: plain(error) });
        const [tall, far] = [Math.max(0, Math.min(1, good)), Math.min(0.3, 1.96 * error)].map((v) => 44 * v);
        setAttribute(bar, "style", `height:${tall}px;--jx-far:${far}px`);
        setText(value, good.toFixed(2));
        setAttribute(one, "aria-label", words);
        setAttribute(one, "title", words);
        setAttribute(one, "aria-pressed", String(i + 1 === depth));
      }
    },
  };
}
