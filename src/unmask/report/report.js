"use strict";
// Paints the charts from the figures in the page, in the colours of the current theme, and replays the samples.
(() => {
  const BITS_PER_NAT = 1 / Math.LN2;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 520px)");
  const state = { unit: "nats", steps: Number(document.getElementById("sizes")?.dataset.chosen) };

  // ---- charts

  const scaled = (value, factor) =>
    Array.isArray(value) ? value.map((item) => scaled(item, factor)) : typeof value === "number" ? value * factor : value;

  function colored(node, css) {
    for (const [key, value] of Object.entries(node)) {
      if (value && typeof value === "object") colored(value, css);
      else if (key.endsWith("color") && String(value).startsWith("var(")) node[key] = css.getPropertyValue(value.slice(4, -1)).trim();
    }
  }

  function inUnit({ data, layout }, unit) {
    const factor = unit === "bits" ? BITS_PER_NAT : 1;
    layout.meta.unit = unit;
    for (const trace of data) {
      trace.y = scaled(trace.y, factor);
      trace.customdata = scaled(trace.customdata, factor);
      for (const side of trace.error_y ? ["array", "arrayminus"] : []) trace.error_y[side] = scaled(trace.error_y[side], factor);
    }
    for (const axis of [layout.yaxis, layout.yaxis2]) if (axis?.range) axis.range = scaled(axis.range, factor);
  }

  function paint(name) {
    const figure = structuredClone(figures[name]);
    const { data, layout } = figure;
    if (layout.meta) inUnit(figure, state.unit);
    if (name === "sizes") {
      figure.data = data.filter((trace) => trace.meta === state.steps);
      layout.xaxis.range = [0, state.steps * 1.01];
    }
    if (narrow.matches) layout.font.size = 11;
    colored(figure, getComputedStyle(document.documentElement));
    layout.font.family = getComputedStyle(document.body).fontFamily;
    Plotly.react(document.getElementById(name), figure.data, layout, { displayModeBar: false, responsive: true });
  }

  const paintAll = () => Object.keys(figures).forEach(paint);

  for (const button of all("[data-unit]")) {
    button.addEventListener("click", () => {
      state.unit = button.dataset.unit;
      for (const other of all("[data-unit]")) other.setAttribute("aria-pressed", String(other.dataset.unit === state.unit));
      Object.keys(figures).filter((name) => figures[name].layout.meta).forEach(paint);
    });
  }

  for (const radio of all("input[name=steps]")) {
    radio.addEventListener("change", () => {
      state.steps = Number(radio.value);
      for (const item of all("[data-steps]")) item.hidden = Number(item.dataset.steps) !== state.steps;
      paint("sizes");
    });
  }

  for (const query of [narrow, matchMedia("(prefers-color-scheme: dark)")]) query.addEventListener("change", paintAll);

  // ---- samples

  const slider = document.getElementById("pass");
  const samples = all(".sample").map((element) => ({
    passes: Number(element.dataset.passes),
    marks: all("[data-step]", element).map((mark) => ({ element: mark, step: Number(mark.dataset.step), isToken: !mark.closest(".strip") })),
    count: element.querySelector(".count"),
  }));

  function showPass(pass) {
    const most = Number(slider.max);
    slider.value = pass;
    slider.setAttribute("aria-valuetext", `pass ${pass} of ${most}`);
    document.getElementById("pass-text").textContent = `pass ${pass} of ${most}`;
    for (const { passes, marks, count } of samples) {
      let revealed = 0, total = 0;
      for (const { element, step, isToken } of marks) {
        element.classList.toggle("masked", step >= pass);
        if (!isToken) continue;
        element.classList.toggle("now", step >= 0 && step === pass - 1 && pass < passes);
        total += 1;
        revealed += step < pass;
      }
      count.textContent = `${revealed} of ${total} ${count.dataset.unitName}s`;
    }
  }

  function startPlayer() {
    const play = document.getElementById("play");
    let timer = null;
    const stop = () => {
      clearInterval(timer);
      timer = null;
      play.classList.remove("playing");
      play.lastElementChild.textContent = "Play";
    };
    const start = () => {
      const most = Number(slider.max);
      showPass(Number(slider.value) >= most ? 0 : Number(slider.value));
      timer = setInterval(() => {
        showPass(Number(slider.value) + 1);
        if (Number(slider.value) >= most) stop();
      }, Math.min(600, Math.max(60, 8000 / most)));
      play.classList.add("playing");
      play.lastElementChild.textContent = "Pause";
    };
    play.addEventListener("click", () => (timer === null ? start() : stop()));
    slider.addEventListener("input", () => { stop(); showPass(Number(slider.value)); });
    showPass(Number(slider.max));
  }

  paintAll();
  if (slider) startPlayer();
})();
