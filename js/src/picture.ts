import { pictureRgba } from "./colors.js";
import type { Picture } from "./protocol.js";

/** Draws the pixels as they are and lets CSS scale them; redraws only when they changed. */
export function drawPicture(canvas: HTMLCanvasElement, picture: Picture, size: number): void {
  const longest = Math.max(picture.height, picture.width);
  canvas.style.width = `${(size * picture.width) / longest}px`;
  canvas.style.height = `${(size * picture.height) / longest}px`;
  canvas.classList.toggle("jx-smooth", longest > size);
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext("2d");
  context?.putImageData(new ImageData(pictureRgba(picture), picture.width, picture.height), 0, 0);
}
