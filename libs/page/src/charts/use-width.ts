/** The width of an element in pixels, followed as it changes. */
import { useLayoutEffect, useState } from 'preact/hooks';

const WIDTH_DEFAULT = 600;

export function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(WIDTH_DEFAULT);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(200, Math.floor(entry.contentRect.width)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
