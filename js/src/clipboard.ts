/** Copies text; where the page may not (no https, an old host), a selected text box lets the user do it. */
export async function copyText(text: string, fallbackIn: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, fallbackIn);
  }
}

function copyBySelection(text: string, container: HTMLElement): boolean {
  const box = document.createElement("textarea");
  box.className = "jx-sr";
  box.value = text;
  container.append(box);
  box.select();
  const copied = document.execCommand?.("copy") ?? false;
  box.remove();
  return copied;
}

export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
