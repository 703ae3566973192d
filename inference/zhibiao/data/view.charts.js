// The charts of the report page: own small SVG, for whatever facts the filter lets through.
// Text of documents reaches them as text nodes only, never as markup.
"use strict";

/** Make the function that draws both charts, out of what the page knows of words, numbers and facts. */
const makeCharts = ({ $, say, word, make, draw, add, tally, clean, collator, amount, period, unitWord, grouped, state }) => {

const wide = (text) => [...text].reduce((sum, c) => sum + (c > "\u2e7f" ? 12 : 7.6), 0);
function shorten(text, width) {
  if (wide(text) <= width) return text;
  const kept = [...text];
  while (kept.length && wide(kept.join("")) > width - 10) kept.pop();
  return `${kept.join("")}…`;
}

/** The best fact of each key: what happened before what is planned, then the latest, then the surest. */
function best(found, key) {
  const kept = new Map(), actual = (fact) => Number(fact.row.status === "actual");
  const better = (a, b) => actual(a) - actual(b) || collator.compare(a.end, b.end) || a.score - b.score;
  for (const fact of found) {
    const id = key(fact);
    if (!kept.has(id) || better(fact, kept.get(id)) > 0) kept.set(id, fact);
  }
  return [...kept.values()];
}

/** Sort facts into groups of a name, the first group first; as many as fit. */
function groups(found, name, rows) {
  const all = new Map();
  for (const fact of found) add(all, name(fact), fact);
  const count = Math.min(4, all.size), each = Math.floor(rows / count) - 1;
  const shown = [...all].slice(0, count).map(([title, members]) => ({ title, members, count: Math.min(each, members.length) }));
  let left = rows - shown.reduce((sum, group) => sum + group.count + 1, 0);
  for (const group of shown) {
    const more = Math.min(left, group.members.length - group.count);
    group.count += more;
    left -= more;
  }
  return shown.map(({ title, members, count: n }) => ({ title, members: members.slice(0, n) }));
}

function choosable(node, fact) {
  node.dataset.fact = fact.number;
  return node;
}
function tip(fact) {
  const lines = [`${fact.row.name} ${amount(fact)}`, `${fact.region} ${period(fact)}`, String(fact.row.sentence).slice(0, 200)];
  return draw("title", {}, clean(lines.join("\n")));
}

/** One bar with its name before it and its number behind it. */
function bar(fact, { x, y, line, label, width, tint }) {
  const color = (fact.size < 0 ? "minus" : tint) + (fact.row.status === "actual" ? "" : " soft");
  const [from, to] = [x(0), x(fact.size)].sort((a, b) => a - b), base = y + 13;
  return choosable(draw("g", { class: "bar-row", tabindex: 0, role: "button" }, tip(fact),
    draw("rect", { class: "back", x: 0, y, width, height: line }),
    draw("text", { x: label, y: base, "text-anchor": "end" }, shorten(clean(fact.row.name), label - 8)),
    draw("rect", { class: color, x: from, y: y + 3, width: Math.max(1, to - from), height: line - 6, rx: 2 }),
    draw("text", { class: "number", x: to + 5, y: base }, amount(fact))), fact);
}

/** Horizontal bars under the headings of their groups, with zero where it must be. */
function barChart(box, found, tint) {
  const width = Math.max(280, state.chartWidth), line = 18, label = Math.min(170, width * 0.38);
  const shown = found.flatMap((group) => group.members), sizes = shown.map((fact) => fact.size);
  const textWidth = Math.max(...shown.map((fact) => wide(amount(fact))));
  const low = Math.min(0, ...sizes), high = Math.max(0, ...sizes), room = width - label - textWidth - 20;
  const x = (value) => label + 8 + ((value - low) / (high - low || 1)) * room;
  const chart = draw("svg", { width, role: "group" });
  let y = 0;
  for (const { title, members } of found) {
    chart.append(draw("text", { class: "group", x: 0, y: y + 13 }, shorten(clean(title) || say("none"), width)));
    y += line;
    for (const fact of members) {
      chart.append(bar(fact, { x, y, line, label, width, tint }));
      y += line;
    }
  }
  chart.setAttribute("height", y + 4);
  if (low < 0) chart.append(draw("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: y }));
  box.replaceChildren(chart);
}

function showLevels(found) {
  const units = [...tally(found, (fact) => fact.row.unit)].sort((a, b) => b[1] - a[1]).slice(0, 60).map(([unit]) => unit);
  const unit = units.includes(state.unit) ? state.unit : units[0];
  $("unit").replaceChildren(...units.map((each) => make("option", { value: each }, unitWord(each))));
  $("unit").value = unit ?? "";
  $("unit").hidden = !units.length;
  const ranked = best(found.filter((fact) => fact.row.unit === unit), (fact) => `${fact.region}\n${fact.row.name}`);
  ranked.sort((a, b) => b.size - a.size);
  if (!ranked.length) return $("levels").replaceChildren(make("p", { class: "hint" }, say("noLevels")));
  return barChart($("levels"), groups(ranked, (fact) => fact.region, 12), "plus");
}

/** Months from the first to the last day. */
const months = (fact) => (Date.parse(fact.end) - Date.parse(fact.start)) / 2.63e9;
const seriesName = (fact) => `${clean(fact.row.name)} · ${clean(fact.region) || "—"}`;

function showChanges(found) {
  const basis = [...tally(found, (fact) => fact.row.basis)].sort((a, b) => b[1] - a[1])[0]?.[0];
  $("changes-of").textContent = basis ? `${word(basis)}, %` : "%";
  const fitting = found.filter((fact) => fact.row.basis === basis);
  if (!fitting.length) return $("changes").replaceChildren(make("p", { class: "hint" }, say("noChanges")));
  const series = new Map();
  for (const fact of best(fitting.filter((each) => each.end), (each) => `${seriesName(each)}\n${each.start}\n${each.end}`)) {
    add(series, `${seriesName(fact)}\n${Math.round(months(fact))}`, fact);
  }
  const long = [...series.values()].filter((line) => line.length > 2).sort((a, b) => b.length - a.length).slice(0, 5);
  if (long.length) return lineChart($("changes"), long.map((line) => line.sort((a, b) => collator.compare(a.end, b.end))));
  const latest = best(fitting, (fact) => `${fact.row.name}\n${fact.region}\n${fact.start}\n${fact.end}`);
  latest.sort((a, b) => collator.compare(b.end, a.end) || b.size - a.size);
  latest.sort((a, b) => (b.row.status === "actual") - (a.row.status === "actual"));
  return barChart($("changes"), groups(latest, (fact) => period(fact), 12), "plus");
}

/** Round steps for an axis from low to high. */
function ticks(low, high) {
  const rough = (high - low || 1) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) found.push(Number(value.toPrecision(6)));
  return found;
}

/** Lines over time with their names below. */
function lineChart(box, lines) {
  const width = Math.max(280, state.chartWidth), height = 126, left = 40, all = lines.flat();
  const sizes = all.map((fact) => fact.size), days = all.map((fact) => Date.parse(fact.end));
  const [low, high, first, last] = [Math.min(0, ...sizes), Math.max(0, ...sizes), Math.min(...days), Math.max(...days)];
  const x = (day) => left + ((Date.parse(day) - first) / (last - first || 1)) * (width - left - 28);
  const y = (value) => 10 + ((high - value) / (high - low || 1)) * (height - 34);
  const chart = draw("svg", { width, height: height + lines.length * 17 + 6, role: "group" });
  for (const tick of ticks(low, high)) {
    chart.append(draw("line", { class: tick ? "grid" : "zero", x1: left, x2: width - 8, y1: y(tick), y2: y(tick) }));
    chart.append(draw("text", { class: "tick", x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, grouped(tick)));
  }
  for (const day of spread([...new Set(all.map((fact) => fact.end))].sort(), Math.floor(width / 90)))
    chart.append(draw("text", { class: "tick", x: x(day), y: height - 4, "text-anchor": "middle" }, day.slice(0, 7)));
  lines.forEach((line, n) => {
    const color = `series-${n}`, top = height + n * 17 + 12;
    chart.append(draw("polyline", { class: color, points: line.map((fact) => `${x(fact.end)},${y(fact.size)}`).join(" ") }));
    for (const fact of line) chart.append(dot(fact, color, x(fact.end), y(fact.size)));
    chart.append(draw("line", { class: `${color} key`, x1: left, x2: left + 18, y1: top - 4, y2: top - 4 }));
    chart.append(draw("text", { x: left + 24, y: top }, shorten(seriesName(line[0]), width - left - 30)));
  });
  box.replaceChildren(chart);
}
const dot = (fact, color, cx, cy) =>
  choosable(draw("circle", { class: color, cx, cy, r: 4, role: "button", tabindex: 0 }, tip(fact)), fact);

/** At most so many of a list, its first and last among them, the rest evenly between. */
function spread(all, most) {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, n) => all[Math.round((n * (all.length - 1)) / (most - 1))]);
}

function showCharts() {
  const counted = state.shown.filter((fact) => fact.size != null);
  showLevels(counted.filter((fact) => fact.row.kind === "level"));
  showChanges(counted.filter((fact) => fact.row.kind === "change" && fact.row.unit === "%"));
}

return showCharts;
};
