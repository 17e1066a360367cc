// The chart of the yearly figures: stacked bars, from the same numbers as the table beneath.

const holder = document.getElementById("chart");
const held = document.getElementById("chart-data");

function colours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  return {
    ink: named("--ink"),
    line: named("--line"),
    series: ["--good", "--accent", "--bad", "--edge", "--warn", "--line", "--soft"].map(named),
  };
}

function options(data) {
  const { ink, line, series } = colours();
  return {
    aria: { enabled: true, decal: { show: true } },
    animation: false,
    color: series,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText" },
    legend: { textStyle: { color: ink }, type: "scroll" },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    xAxis: { type: "value", minInterval: 1, axisLabel: { color: ink }, splitLine: { lineStyle: { color: line } } },
    yAxis: { type: "category", inverse: true, data: data.types, axisLabel: { color: ink } },
    series: data.series.map((one) => ({ name: one.name, type: "bar", stack: "all", data: one.values })),
  };
}

function draw() {
  const chart = window.echarts.init(holder, null, { renderer: "svg" });
  const data = JSON.parse(held.textContent);
  chart.setOption(options(data));
  window.addEventListener("resize", () => chart.resize());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(options(data)));
}

if (holder && held && window.echarts) draw();
