// The charts of a source: what became of its events, and how soon they were part of a profile.

const data = JSON.parse(document.getElementById("course-data")?.textContent ?? "null");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function drawn() {
  const soft = colour("--soft"), line = colour("--line");
  return {
    animation: false,
    textStyle: { color: soft, fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: soft }, itemWidth: 14, itemHeight: 10 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true,
      backgroundColor: colour("--sheet"), borderColor: line, textStyle: { color: colour("--ink") },
    },
    xAxis: { type: "category", data: data.at, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: soft } },
    yAxis: { type: "value", minInterval: 0, splitLine: { lineStyle: { color: line } }, axisLabel: { color: soft } },
  };
}

function events() {
  const colours = { events: "--accent", duplicates: "--edge", quarantined: "--bad", left_out: "--warn" };
  return {
    ...drawn(),
    series: Object.entries(data.counts)
      .filter(([, counts]) => counts.some((count) => count > 0))
      .map(([name, counts]) => ({
        name: data.words[name], type: "bar", stack: "all", data: counts, itemStyle: { color: colour(colours[name]) },
      })),
  };
}

function lag() {
  const line = (name, dash, shade) => ({
    name: data.words[name], type: "line", data: data[name], showSymbol: true, symbolSize: 5,
    lineStyle: { type: dash, color: colour(shade), width: 2 }, itemStyle: { color: colour(shade) },
  });
  const shown = drawn();
  shown.yAxis.axisLabel.formatter = (value) => `${value} ${data.words.seconds}`;
  return { ...shown, series: [line("p50", "solid", "--accent"), line("p95", "dashed", "--warn")] };
}

function draw(id, options) {
  const place = document.getElementById(id);
  if (!place || !window.echarts) return;
  const chart = window.echarts.init(place);
  chart.setOption(options());
  new ResizeObserver(() => chart.resize()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(options(), true));
}

if (data) {
  draw("chart-events", events);
  draw("chart-lag", lag);
}
