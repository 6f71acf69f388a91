// Numbers as text. One scale per picture decides the decimals, so figures line up and do not jump.

const MINUS = "−";
const NONE = "—";
const THIN = "\u202f";

export type Format = (value: number) => string;

/** Decimals that leave two to three significant digits for numbers as large as `scale`. */
export function decimalsFor(scale: number): number {
  if (!Number.isFinite(scale) || scale <= 0) return 2;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(scale))));
}

/** Formatter with a sign: +0.170, −0.040, 0.000. Very large and very small scales use exponents. */
export function signedFor(scale: number): Format {
  const unsigned = unsignedFor(scale);
  return (value) => {
    if (!Number.isFinite(value)) return NONE;
    const digits = unsigned(Math.abs(value));
    if (!/[1-9]/.test(digits)) return digits;
    return (value < 0 ? MINUS : "+") + digits;
  };
}

export function unsignedFor(scale: number): Format {
  const exponent = scale > 0 && (scale >= 1e6 || scale < 1e-4);
  const decimals = decimalsFor(scale);
  return (value) => {
    if (!Number.isFinite(value)) return NONE;
    return exponent ? scientific(value) : minus(group(value.toFixed(decimals)));
  };
}

/** A number on its own: three significant digits. */
export function plain(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return scientific(value);
  if (size >= 1000) return minus(group(value.toFixed(0)));
  return minus(String(Number(value.toPrecision(3))));
}

export function count(value: number): string {
  return minus(group(String(Math.round(value))));
}

export function percent(share: number): string {
  const value = share * 100;
  if (value !== 0 && value < 0.01) return `< 0.01${THIN}%`;
  return `${Number(value.toPrecision(2))}${THIN}%`;
}

export function seconds(value: number): string {
  if (value < 10) return value.toFixed(1);
  return value < 120 ? String(Math.round(value)) : `${Math.round(value / 60)}`;
}

/** Pixels of a letter of small text. */
export const LETTER = 6.2;
const CRAMPED = 4; // letters: with fewer, some names are left out
const READABLE = 10;

/** Names of categories below their places on an axis, `pixels` apart: cut to fit, or only every n-th. */
export function names(texts: readonly string[], pixels: number): [number, string][] {
  const longest = Math.max(0, ...texts.map((text) => text.length));
  const fits = pixels / LETTER - 1 >= Math.min(CRAMPED, longest);
  const step = fits ? 1 : Math.ceil(((Math.min(READABLE, longest) + 1) * LETTER) / pixels);
  const room = Math.floor((step * pixels) / LETTER) - 1;
  return texts.flatMap((text, k): [number, string][] => (k % step === 0 ? [[k, middle(text, room)]] : []));
}

/** Shortens in the middle: both ends of a long name carry meaning. CJK characters count double. */
export function middle(text: string, limit: number): string {
  const characters = Array.from(text);
  const widths = characters.map((c) => ((c.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1));
  const total = widths.reduce<number>((sum, width) => sum + width, 0);
  if (total <= limit) return text;
  const half = (limit - 1) / 2;
  return `${take(characters, widths, half)}…${take(characters.toReversed(), widths.toReversed(), half, true)}`;
}

function take(characters: string[], widths: number[], limit: number, fromEnd = false): string {
  const kept: string[] = [];
  let used = 0;
  for (let i = 0; i < characters.length && used + widths[i]! <= limit; i++) {
    kept.push(characters[i]!);
    used += widths[i]!;
  }
  return (fromEnd ? kept.reverse() : kept).join("");
}

function scientific(value: number): string {
  if (value === 0) return "0";
  const [mantissa = "", exponent] = value.toExponential(2).split("e");
  return minus(`${Number(mantissa)}e${Number(exponent)}`);
}

/** Digits in threes, of five and more: four are read at a glance, and may be a year. */
function group(digits: string): string {
  const [whole = "", rest] = digits.split(".");
  if (whole.replace("-", "").length < 5) return digits;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

function minus(text: string): string {
  return text.replaceAll("-", MINUS);
}
