// Keeps the canvases as large and as sharp as the stage is on the screen, and in the colours of the theme.

export function watchStage(stage, view, screen, signal) {
  const sizes = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    if (!width || !height) return; // in a tab that is not open
    const guessed = { inlineSize: Math.round(width * devicePixelRatio), blockSize: Math.round(height * devicePixelRatio) };
    const dots = entry.devicePixelContentBoxSize?.[0] ?? guessed;
    screen.resize(dots.inlineSize, dots.blockSize, dots.inlineSize / width);
    view.resize(width, height);
    screen.now();
  });
  try {
    sizes.observe(stage, { box: "device-pixel-content-box" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    sizes.observe(stage); // Safari knows CSS pixels only
  }
  const themes = new MutationObserver(() => screen.repaint());
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    themes.disconnect();
  });
}
