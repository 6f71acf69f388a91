import type { AnyModel, AnyWidget } from "@anywidget/types";
import { mount } from "./app.js";
import { Store } from "./store.js";
import { CORE } from "./views/index.js";
import { register } from "./views/kinds.js";

interface Props {
  model: AnyModel;
  signal?: AbortSignal;
}

/**
 * A factory, so that the state of a widget lives in its closure and not in the module, which some hosts share
 * between all widgets of a page. One store per model serves all its views.
 */
export default function widget(): AnyWidget {
  register(CORE);
  let store: Store | null = null;

  function initialize({ model, signal }: Props): () => void {
    const own = new Store(model);
    store = own;
    const dispose = (): void => {
      own.dispose();
      if (store === own) store = null;
    };
    signal?.addEventListener("abort", dispose);
    return dispose;
  }

  function render({ model, el, signal }: Props & { el: HTMLElement }): () => void {
    // A host that never called initialize still gets a working view.
    store ??= new Store(model);
    const unmount = mount(el, store);
    signal?.addEventListener("abort", unmount);
    return unmount;
  }

  return { initialize, render };
}
