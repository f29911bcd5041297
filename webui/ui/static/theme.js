// Before the first paint: dark unless this browser has chosen light.
(() => {
  let theme = "dark";
  try {
    theme = localStorage.getItem("darkroom.theme") === "light" ? "light" : "dark";
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  document.documentElement.dataset.theme = theme;
})();
