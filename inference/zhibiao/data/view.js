// The report page of zhibiao. Everything comes from the element #data; nothing is fetched, stored or sent.
// Text of documents reaches the page as text nodes and plain attributes only, never as markup.
(() => {
"use strict";

// ------------------------------------------------------------------------------------------------------------------- words

const MONEY = { CNY: "元", USD: "美元", HKD: "港元", EUR: "欧元", JPY: "日元", GBP: "英镑", MOP: "澳门元", TWD: "新台币" };
const UNITS = {
  t: "吨", kg: "公斤", "kW.h": "千瓦时", kW: "千瓦", MW: "兆瓦", m2: "平方米", m3: "立方米", km: "公里",
  har: "公顷", pp: "个百分点", times: "倍", TEU: "标箱",
};
const NAMES = new Map(Object.entries({ ...MONEY, ...UNITS }));
const SCALES = { zh: [[1e12, "万亿"], [1e8, "亿"], [1e4, "万"]], en: [[1e12, " tn"], [1e9, " bn"], [1e6, " m"]] };
const BOUNDS = { approx: "≈ ", at_least: "≥ ", more_than: "> ", at_most: "≤ ", less_than: "< " };
const LABELS = ["METRIC", "VALUE", "REGION", "PERIOD", "ORG", "SUBJECT"];
const TAILS = { in_region: "REGION", in_period: "PERIOD", of_org: "ORG", of_subject: "SUBJECT" };

const data = JSON.parse(document.getElementById("data").textContent);
const own = (thing, key) => Object.prototype.hasOwnProperty.call(thing, key);
let language = /^zh/i.test(navigator.language) ? "zh" : "en";

/** A phrase of the page, with {0}, {1} … filled in. */
const say = (key, ...values) =>
  values.reduce((text, value, n) => text.replace(`{${n}}`, () => value), data.words[language][key] ?? key);
/** The page's word for a code of the data, or the code itself where it is none of ours. */
const word = (code) => (code === "other" ? say("otherBasis") : own(data.words[language], code) ? say(code) : code);

// --------------------------------------------------------------------------------------------------------------------- DOM

const $ = (id) => document.getElementById(id);
// Controls and marks of direction would hide or reorder what stands beside them; each becomes one visible character.
const UNSAFE = /[\u0000-\u0008\u000b-\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;
const clean = (value) => (value == null ? "" : String(value)).replace(UNSAFE, "\ufffd");

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value != null && value !== false) node.setAttribute(name, value);
  node.append(...children.filter((child) => child != null));
  return node;
}
const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** Add to the list that a map keeps under a key. */
function add(lists, key, value) {
  if (lists.has(key)) lists.get(key).push(value);
  else lists.set(key, [value]);
}
const tally = (found, read) =>
  found.reduce((counts, each) => counts.set(read(each), (counts.get(read(each)) ?? 0) + 1), new Map());

/** Run a function at most once a frame. */
function perFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; work(); });
  };
}

// -------------------------------------------------------------------------------------------------------------------- data

const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);
const middle = (low, high) => (low != null && high != null ? (low + high) / 2 : low ?? high);
const fold = (text) => clean(text).normalize("NFKC").toLowerCase();

function readFact(row, documentNumber, source) {
  const size = number(row.amount) ?? middle(number(row.lower), number(row.upper));
  const listed = own(data.indicators, row.indicator) ? data.indicators[row.indicator] : null;
  const words = [row.name, row.metric, row.subject, row.value, row.region, row.region_name, row.period, row.org, row.sentence,
    row.indicator, row.time_period, source.id, ...(listed ?? [])];
  return {
    row, size, document: documentNumber, number: 0,
    region: row.region_name || row.region || "", indicator: listed ? row.indicator : clean(row.name), english: listed?.[1] ?? "",
    score: number(row.score) ?? 0, start: row.period_start || "", end: row.period_end || "", search: fold(words.join("\n")),
  };
}
const facts = data.documents.flatMap((source, n) => source.facts.map((row) => readFact(row, n, source)));
facts.forEach((fact, n) => { fact.number = n; });

/** Function from offsets in code points, as the data has them, to offsets in a JavaScript string. */
function offsets(text) {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (place) => place;
  const places = [0];
  for (const character of text) places.push(places[places.length - 1] + character.length);
  return (place) => places[place] ?? text.length;
}

/** The mentions and links of a document, ready to be looked up. */
function indexDocument(documentNumber) {
  const source = data.documents[documentNumber], at = offsets(source.text);
  const mentions = new Map(), values = new Map(), tails = new Map(), owners = new Map(), of = new Map();
  for (const entity of source.entities) {
    const places = entity.parts?.length ? entity.parts : [[entity.start_offset, entity.end_offset]];
    const parts = places.map(([from, to]) => [at(from), at(to)]);
    mentions.set(entity.id, { id: entity.id, label: entity.label, score: entity.score, parts });
    if (entity.label === "VALUE") values.set(`${entity.start_offset}:${entity.end_offset}`, entity.id);
  }
  for (const { type, from_id, to_id } of source.relations) add(tails, `${type} ${from_id}`, to_id);
  for (const fact of facts) {
    if (fact.document !== documentNumber) continue;
    const links = linksOf(values.get(`${fact.row.start_offset}:${fact.row.end_offset}`), tails);
    of.set(fact, links);
    for (const id of ends(links)) add(owners, id, fact);
  }
  return { source, at, mentions, owners, of };
}

/** The mentions at the ends of links, each once. */
const ends = (links) => new Set(links.flatMap((link) => [link.from, link.to]));

/** The links that make a fact: from VALUE to METRIC, and from either of them on; a VALUE's own outrank its METRIC's. */
function linksOf(value, tails) {
  const metrics = tails.get(`value_of ${value}`) ?? [];
  const links = metrics.map((to) => ({ from: value, to, label: "METRIC" }));
  for (const [type, label] of Object.entries(TAILS)) {
    const own = tails.get(`${type} ${value}`);
    const from = own ? value : metrics[0];
    for (const to of own ?? tails.get(`${type} ${from}`) ?? []) links.push({ from, to, label });
  }
  return links;
}

// ----------------------------------------------------------------------------------------------------------------- numbers

const grouped = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 15 }).replace("-", "−");

function unitWord(unit) {
  if (!unit || unit === "rank") return "";
  return clean(language === "zh" ? NAMES.get(unit) ?? unit : unit);
}

/** A number in the way of the language: 486.3亿元, CNY 48.63 bn. */
function scaled(value, unit, signed) {
  const plain = ["%", "‰", "pp", "times", "rank"].includes(unit);
  const [scale, name] = (plain ? null : SCALES[language].find(([least]) => Math.abs(value) >= least)) ?? [1, ""];
  const digits = (signed && value > 0 ? "+" : "") + grouped(Number((value / scale).toPrecision(12)));
  const words = unitWord(unit);
  if (unit === "rank") return language === "zh" ? `第${digits}位` : `no. ${digits}`;
  if (language === "zh" || unit === "%" || unit === "‰") return digits + name + words;
  return own(MONEY, unit) ? `${words} ${digits}${name}` : `${digits}${name} ${words}`.trim();
}

/** What a fact amounts to, by a function that writes a single number. */
function amount(fact, write = scaled) {
  const { amount: exact, lower, upper, bound, unit, kind } = fact.row, signed = kind === "change";
  if (bound === "range" && number(lower) != null && number(upper) != null)
    return `${write(lower, unit, signed)} – ${write(upper, unit, signed)}`;
  const known = [exact, lower, upper].map(number).find((value) => value != null);
  return known == null ? "" : (BOUNDS[bound] ?? "") + write(known, unit, signed);
}
const inFull = (value, unit) => `${grouped(value)} ${unitWord(unit)}`.trim();

/** A day, a month or a year in the way of the language. */
function named(key, date, ...more) {
  const [year, month, day] = date.split("-").map(Number);
  return say(key, year, monthName(month), day, ...more);
}
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const monthName = (month) => (language === "zh" ? month : MONTHS[month - 1]);

/** Two days as the shortest name of the time between: 2024, Jan–Sep 2024, 25 Oct 2024. */
function span(start, end) {
  if (!start || !end) return start ? `${named("day", start)} –` : end ? `– ${named("day", end)}` : "";
  if (start === end) return named("day", start);
  const next = new Date(`${end}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  if (!start.endsWith("-01") || next.getUTCDate() !== 1) return `${named("day", start)} – ${named("day", end)}`;
  const [[year, month], [lastYear, lastMonth]] = [start, end].map((each) => each.split("-").map(Number));
  if (month === 1 && lastMonth === 12) return year === lastYear ? say("year", year) : say("yearSpan", year, lastYear);
  if (year !== lastYear) return `${named("month", start)} – ${named("month", end)}`;
  return month === lastMonth ? named("month", start) : say("monthSpan", year, monthName(month), monthName(lastMonth));
}
const period = (fact) => clean(span(fact.start, fact.end) || fact.row.period);

// ------------------------------------------------------------------------------------------------------------------ filter

const state = { shown: facts, sort: "", down: false, selected: null, hovered: null, unit: "", opened: -1, chartWidth: 0, tableHeight: 0 };
const CHOICES = {
  document: (fact) => String(fact.document), region: (fact) => fact.region, indicator: (fact) => fact.indicator,
  kind: (fact) => fact.row.kind, status: (fact) => fact.row.status, basis: (fact) => fact.row.basis || "",
};
const MOST_CHOICES = 500, NONE = "\u0000";

/** Everything that the form asks for, as one test of a fact. */
function wanted() {
  const terms = fold($("query").value).split(/\s+/).filter(Boolean), least = Number($("score").value);
  const chosen = Object.entries(CHOICES).map(([id, read]) => [read, $(id).value]).filter(([, value]) => value);
  return (fact) => fact.score >= least && chosen.every(([read, value]) => read(fact) === (value === NONE ? "" : value)) &&
    terms.every((term) => fact.search.includes(term));
}

const COLUMNS = [
  { id: "indicator", key: (fact) => [clean(fact.row.name)] },
  { id: "value", key: (fact) => [fact.row.unit, fact.size] },
  { id: "region", key: (fact) => [fact.region] },
  { id: "period", key: (fact) => [fact.end, fact.start] },
  { id: "status", key: (fact) => [fact.row.status] },
  { id: "score", key: (fact) => [fact.score] },
  ...(data.documents.length > 1 ? [{ id: "document", key: (fact) => [fact.document] }] : []),
];
const collator = new Intl.Collator("zh");
const orders = new Map([["", facts]]);

/** All facts in the order of a column, worked out once; what has nothing in it comes last. */
function ordered(column) {
  if (!orders.has(column)) {
    const keys = facts.map(COLUMNS.find(({ id }) => id === column).key);
    orders.set(column, [...facts].sort((a, b) => compare(keys[a.number], keys[b.number]) || a.number - b.number));
  }
  return orders.get(column);
}
function compare(left, right) {
  for (let n = 0; n < left.length; n++) {
    const [a, b] = [left[n] ?? "", right[n] ?? ""];
    const found = a === b ? 0 : a === "" ? 1 : b === "" ? -1 : typeof a === "number" ? a - b : collator.compare(a, b);
    if (found) return found;
  }
  return 0;
}

/** Ask the browser for sizes once, before anything changes: each question afterwards would lay the page out anew. */
function measure() {
  state.chartWidth = $("levels").clientWidth;
  state.tableHeight = $("scroll").clientHeight;
}

function applyFilter() {
  measure();
  const test = wanted();
  state.shown = ordered(state.sort).filter(test);
  if (state.down) state.shown.reverse();
  $("least").value = Number($("score").value).toFixed(2);
  $("scroll").scrollTop = 0;
  showCounts();
  showRows();
  showCharts();
}
const filterSoon = perFrame(applyFilter);

/** Offer in a select what the facts hold, the most frequent first. */
function offer(id, read, name) {
  const often = (a, b) => b[1] - a[1] || collator.compare(a[0], b[0]);
  const entries = [...tally(facts, read)].sort(id === "document" ? (a, b) => a[0] - b[0] : often);
  const options = entries.slice(0, MOST_CHOICES).map(([value, count]) =>
    make("option", { value: value === "" ? NONE : value }, `${value === "" ? say("none") : clean(name(value))} (${count})`));
  const kept = $(id).value;
  $(id).replaceChildren(make("option", { value: "" }, say("all")), ...options);
  $(id).value = kept;
}
const indicatorName = (id) => (own(data.indicators, id) ? data.indicators[id][language === "zh" ? 0 : 1] : id);

// ------------------------------------------------------------------------------------------------------------------- table

const narrow = matchMedia("screen and (max-width: 899px)");
let printing = false;
const rowHeight = () => (narrow.matches ? 58 : 32);

function heading({ id }) {
  const button = make("button", { type: "button" });
  button.addEventListener("click", () => sortBy(id));
  return make("th", { scope: "col", role: "columnheader", class: id }, button);
}
function showHeadings() {
  COLUMNS.forEach(({ id }, n) => {
    const head = $("heads").children[n];
    head.firstChild.textContent = say(id);
    head.setAttribute("aria-sort", state.sort !== id ? "none" : state.down ? "descending" : "ascending");
  });
}

/** A first call sorts upwards (numbers downwards), a second one the other way, a third back into the order of the text. */
function sortBy(id) {
  const first = id === "value" || id === "score";
  [state.sort, state.down] = state.sort !== id ? [id, first] : state.down === first ? [id, !first] : ["", false];
  showHeadings();
  applyFilter();
}

function cell(id, fact, ...children) {
  return make("td", { role: "gridcell", class: id }, ...children);
}
function meter(score) {
  const filled = make("i");
  filled.style.width = `${100 * score}%`;
  return make("span", { class: `meter${score < 0.5 ? " low" : ""}`, "aria-hidden": "true" }, filled);
}
const small = (words) => (words ? make("small", {}, ` ${clean(words)}`) : null);
const CELLS = {
  indicator: (fact) => [make("bdi", {}, clean(fact.row.name)), small(language === "en" && fact.english)],
  value: (fact) => [make("b", {}, amount(fact) || clean(fact.row.value)), small(fact.row.basis && word(fact.row.basis))],
  region: (fact) => [make("bdi", {}, clean(fact.region) || "—")],
  period: (fact) => [make("bdi", {}, period(fact) || "—")],
  status: (fact) => [make("span", { class: `status ${fact.row.status === "actual" ? "" : "soft"}` }, clean(word(fact.row.status)))],
  score: (fact) => [meter(fact.score), fact.score.toFixed(2)],
  document: (fact) => [make("bdi", {}, clean(data.documents[fact.document].id))],
};

function tableRow(fact, place) {
  const cells = COLUMNS.map(({ id }) => cell(id, fact, ...CELLS[id](fact)));
  return make("tr", {
    role: "row", id: `fact-${fact.number}`, "aria-rowindex": place + 2, "aria-selected": String(fact === state.selected),
    title: clean(fact.row.sentence).slice(0, 300),
  }, ...cells);
}
const gap = (height) =>
  make("tr", { class: "gap", "aria-hidden": "true", height }, make("td", { colspan: COLUMNS.length, height }));

/** Make the rows in sight, or all of them for the printer; what lies above and below is empty space. */
function showRows() {
  const height = rowHeight(), box = $("scroll"), count = state.shown.length;
  const first = printing ? 0 : Math.max(0, Math.floor(box.scrollTop / height) - 6);
  const last = printing ? count : Math.min(count, first + Math.ceil(state.tableHeight / height) + 14);
  const rows = state.shown.slice(first, last).map((fact, n) => tableRow(fact, first + n));
  $("rows").replaceChildren(gap(first * height), ...rows, gap((count - last) * height));
  $("table").setAttribute("aria-rowcount", count + 1);
  const current = state.selected && $(`fact-${state.selected.number}`);
  if (current) $("table").setAttribute("aria-activedescendant", current.id);
  else $("table").removeAttribute("aria-activedescendant");
  $("empty").hidden = count > 0;
}
const rowsSoon = perFrame(showRows);

function revealRow(fact) {
  const place = state.shown.indexOf(fact), height = rowHeight(), box = $("scroll"), head = $("heads").offsetHeight;
  if (place < 0) return;
  const top = place * height;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + height + head > box.scrollTop + box.clientHeight) box.scrollTop = top + height + head - box.clientHeight;
}

function moveSelection(event) {
  const page = Math.max(1, Math.floor($("scroll").clientHeight / rowHeight()) - 2), count = state.shown.length;
  const place = state.shown.indexOf(state.selected);
  const moves = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0, End: count - 1 };
  const to = moves[event.key];
  if (to === undefined || !count) return;
  event.preventDefault();
  select(state.shown[Math.min(count - 1, Math.max(0, to))]);
}
const factAt = (node) => facts[Number(node.closest?.("[id^=fact-]")?.id.slice(5) ?? -1)] ?? null;

// ----------------------------------------------------------------------------------------------------------------- article

let opened = null; // the index of the document on show, with its marks and plain text nodes
const LONGEST = 20000; // characters of a block, so that the browser need not lay out a whole book

/** Cut a text at the borders of its articles, and long ones at line ends. */
function blocks({ source, at }) {
  const found = [], articles = source.articles, text = source.text;
  const add = (start, end, title) => {
    while (start < end && /\s/.test(text[start])) start++;
    while (end > start && /\s/.test(text[end - 1])) end--;
    while (end - start > LONGEST) {
      const cut = text.indexOf("\n", start + LONGEST / 2) + 1;
      if (!cut || cut >= end) break;
      found.push({ start, end: cut, title });
      [start, title] = [cut, null];
    }
    if (start < end) found.push({ start, end, title });
  };
  let reached = 0;
  articles.forEach((article, n) => {
    const start = Math.max(reached, at(article.start_offset)), end = Math.max(start, at(article.end_offset));
    add(reached, start, null);
    const name = [say("articleOf", n + 1, articles.length), clean(article.title)].filter(Boolean).join(" · ");
    add(start, end, articles.length > 1 ? name : null);
    reached = end;
  });
  add(reached, text.length, null);
  return found;
}

/** All pieces of mentions in text order; a later one that would overlap is left out. */
function pieces(mentions) {
  const all = [...mentions.values()].flatMap((mention) => mention.parts.map(([start, end]) => ({ start, end, mention })));
  let reached = 0;
  return all.sort((a, b) => a.start - b.start).filter((piece) => {
    const fits = piece.start >= reached && piece.end > piece.start;
    if (fits) reached = piece.end;
    return fits;
  });
}

function mark(piece, words) {
  const { mention } = piece, known = LABELS.includes(mention.label) ? mention.label : "";
  const node = make("mark", {
    class: known + (mention.parts.length > 1 ? " torn" : ""),
    title: `${clean(word(mention.label))} ${(number(mention.score) ?? 1).toFixed(2)}`,
  }, clean(words));
  if (opened.owners.has(mention.id)) fill(node, { role: "button", tabindex: mention.label === "VALUE" ? 0 : -1 }, []);
  add(opened.marks, mention.id, node);
  opened.mentionOf.set(node, mention);
  return node;
}

function block({ start, end, title }, all) {
  const { text } = opened.source, nodes = [];
  const plain = (from, to) => {
    if (from >= to) return;
    const node = document.createTextNode(clean(text.slice(from, to)));
    opened.plain.push({ node, start: from });
    nodes.push(node);
  };
  let reached = start;
  for (const piece of all) {
    const [from, to] = [Math.max(piece.start, start), Math.min(piece.end, end)];
    if (from >= to) continue;
    plain(reached, from);
    nodes.push(mark(piece, text.slice(from, to)));
    reached = to;
  }
  plain(reached, end);
  const head = title ? make("h3", { dir: "auto" }, title) : null;
  return make("div", { class: "block" }, head, make("div", { class: "words" }, ...nodes));
}

/** Show a document; its marks are made now, not before. */
function openDocument(documentNumber) {
  if (documentNumber === state.opened || !data.documents[documentNumber]) return;
  state.opened = documentNumber;
  opened = { ...indexDocument(documentNumber), marks: new Map(), mentionOf: new Map(), plain: [] };
  const all = pieces(opened.mentions);
  let from = 0;
  const made = blocks(opened).map((each) => {
    while (from < all.length && all[from].end <= each.start) from++;
    let to = from;
    while (to < all.length && all[to].start < each.end) to++;
    return block(each, all.slice(from, to));
  });
  $("text").replaceChildren(...made);
  $("page").scrollTop = 0;
  $("opened").value = String(documentNumber);
  $("previous").disabled = documentNumber === 0;
  $("next").disabled = documentNumber === data.documents.length - 1;
  lightUp();
}

/** The stretch of the text that is the evidence of a fact. */
function evidence(fact) {
  const text = opened.source.text, start = opened.at(fact.row.start_offset), end = opened.at(fact.row.end_offset);
  const sentence = String(fact.row.sentence ?? ""), from = text.lastIndexOf(sentence, start);
  return from >= 0 && from + sentence.length >= end ? [from, from + sentence.length] : [start, end];
}

/** Colour the plain text of the evidence; mentions keep their own colours. */
function shade(fact) {
  if (!globalThis.CSS?.highlights) return;
  CSS.highlights.delete("evidence");
  if (!fact) return;
  const [from, to] = evidence(fact), shades = new Highlight();
  for (const { node, start } of opened.plain) {
    const [a, b] = [Math.max(from, start), Math.min(to, start + node.length)];
    if (a >= b) continue;
    const range = new Range();
    range.setStart(node, a - start);
    range.setEnd(node, b - start);
    shades.add(range);
  }
  CSS.highlights.set("evidence", shades);
}

const active = () => [state.hovered, state.selected].find((fact) => fact && fact.document === state.opened) ?? null;

/** Light up the active fact in the article on show. */
function lightUp() {
  if (!opened) return;
  const fact = active(), links = fact ? opened.of.get(fact) ?? [] : [];
  for (const node of $("text").querySelectorAll("mark.on")) node.classList.remove("on");
  for (const id of ends(links)) for (const node of opened.marks.get(id) ?? []) node.classList.add("on");
  $("text").classList.toggle("lit", links.length > 0);
  shade(fact);
  drawLinks(links);
}
const lightSoon = perFrame(lightUp);

// ------------------------------------------------------------------------------------------------------------------- links

/** Where the first line of a mark stands on the sheet. */
function place(node) {
  const sheet = $("sheet").getBoundingClientRect(), box = node.getClientRects()[0] ?? node.getBoundingClientRect();
  return { x: box.left + box.width / 2 - sheet.left, top: box.top - sheet.top, bottom: box.bottom - sheet.top };
}

/** A curve between two marks: an arch within a line, an S between lines, with an arrow head where it arrives. */
function curve(from, to, label) {
  const a = place(from), b = place(to), level = Math.abs(a.top - b.top) < 8, down = b.top > a.top;
  const [y1, y2] = level ? [a.top, b.top] : down ? [a.bottom, b.top] : [a.top, b.bottom];
  const rise = level ? -Math.min(26, 10 + Math.abs(a.x - b.x) * 0.08) : (y2 - y1) / 2;
  const path = `M${a.x},${y1} C${a.x},${y1 + rise} ${b.x},${level ? y2 + rise : y2 - rise} ${b.x},${y2}`;
  const size = level || down ? -6 : 6;
  const head = `M${b.x},${y2} l-4,${size} h8 z`;
  return [["halo", path], [`link ${label}`, path], [`head ${label}`, head]].map(([name, d]) => draw("path", { class: name, d }));
}

function drawLinks(links) {
  const box = $("links"), sheet = $("sheet");
  box.replaceChildren();
  box.setAttribute("width", sheet.clientWidth);
  box.setAttribute("height", sheet.clientHeight);
  for (const { from, to, label } of links) {
    const [head, tail] = [opened.marks.get(from)?.[0], opened.marks.get(to)?.[0]];
    if (head && tail) box.append(...curve(head, tail, label));
  }
  for (const id of ends(links)) {
    const parts = opened.marks.get(id) ?? [];
    for (let n = 1; n < parts.length; n++) box.append(curve(parts[n - 1], parts[n], "torn")[1]);
  }
}

// --------------------------------------------------------------------------------------------------------------- selection

function select(fact, toText = true) {
  [state.selected, state.hovered] = [fact, null];
  openDocument(fact.document);
  revealRow(fact);
  showRows();
  showDetail();
  lightUp();
  if (toText) scrollToEvidence(fact);
}

function scrollToEvidence(fact) {
  const nodes = (opened.of.get(fact) ?? []).flatMap((link) => opened.marks.get(link.from) ?? []);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  nodes[0]?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}

function showDetail() {
  const fact = state.selected;
  if (!fact) return $("detail").replaceChildren(make("p", { class: "hint" }, say("hint")));
  const pairs = details(fact).filter(([, value]) => value);
  const list = pairs.map(([key, value]) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, make("bdi", {}, clean(value)))));
  const name = CELLS.indicator(fact), figure = make("b", {}, amount(fact) || clean(fact.row.value));
  $("detail").replaceChildren(fill(make("h2"), {}, [...name, " ", figure]), make("dl", {}, ...list));
}

/** What is told of a fact beside its name and value. */
function details(fact) {
  const { row } = fact, source = data.documents[fact.document];
  const regions = [row.region, row.region_name !== row.region && row.region_name].filter(Boolean).join(" → ");
  const kinds = [row.status, row.kind, row.basis].filter(Boolean).map(word).join(" · ");
  const place = [source.path || source.id, row.page && say("page", row.page)].filter(Boolean).join(", ");
  return [
    ["words", row.value], ["number", amount(fact, inFull)], ["region", regions], ["period", row.period],
    ["dates", span(fact.start, fact.end)], ["org", row.org], ["subject", row.subject], ["code", row.region_code],
    ["status", kinds], ["score", fact.score.toFixed(2)], ["published", source.published], ["place", place],
  ];
}

/** Choose the fact of a mark; a mark of several facts goes through them. */
function chooseMark(node) {
  const owners = opened.owners.get(opened.mentionOf.get(node)?.id);
  if (owners) select(owners[(owners.indexOf(state.selected) + 1) % owners.length], false);
}
function hoverMark(node) {
  const owners = node && opened.owners.get(opened.mentionOf.get(node)?.id);
  hover(!owners ? null : owners.includes(state.selected) ? state.selected : owners[0]);
}
function hover(fact) {
  if (fact === state.hovered) return;
  state.hovered = fact;
  lightSoon();
}

const showCharts = makeCharts({ $, say, word, make, draw, add, tally, clean, collator, amount, period, unitWord, grouped, state });

// ------------------------------------------------------------------------------------------------------------------ export

const record = (fact) => {
  const { id, path, row, published } = data.documents[fact.document];
  return { ...fact.row, id, path: path ?? null, row: row ?? null, published: published ?? null };
};
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/; // what a spreadsheet would run

function csvCell(value) {
  if (value == null) return "";
  if (Number.isInteger(value)) return BigInt(value).toString();
  if (typeof value === "number") return value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 });
  const words = Array.isArray(value) ? value.map((each) => [each].flat().join(" ")).join("; ") : String(value);
  const safe = FORMULA.test(words) ? `'${words}` : words;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** The facts of the filter as CSV, with the byte order mark that Excel wants. */
function csv() {
  const lines = state.shown.map(record).map((each) => data.columns.map((column) => csvCell(each[column])).join(","));
  return `\ufeff${[data.columns.join(","), ...lines].join("\r\n")}\r\n`;
}
const inOrder = (each) => Object.fromEntries(data.columns.map((name) => [name, each[name] ?? null]));
const json = () => JSON.stringify(state.shown.map(record).map(inOrder), null, 1);

function download(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// ------------------------------------------------------------------------------------------------------------------- start

function showCounts() {
  $("summary").textContent = say("summary", grouped(data.documents.length), grouped(facts.length));
  $("shown").textContent = say("shown", grouped(state.shown.length));
}

/** Put every word of the page into the language chosen. */
function showWords() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const [kind, attribute] of [["label", "aria-label"], ["title", "title"], ["hint", "placeholder"]])
    for (const node of document.querySelectorAll(`[data-${kind}]`)) node.setAttribute(attribute, say(node.dataset[kind]));
  $("language").textContent = say("other");
  $("legend").replaceChildren(...LABELS.map((label) => make("li", {}, make("span", { class: label }, say(label)))));
  const names = { document: (n) => data.documents[n].id, indicator: indicatorName, region: (name) => name };
  for (const [id, read] of Object.entries(CHOICES)) offer(id, read, names[id] ?? word);
  showHeadings();
  const shown = state.opened;
  state.opened = -1;
  openDocument(shown);
  showDetail();
  applyFilter();
}

function listen() {
  const on = (id, kinds, act) => kinds.split(" ").forEach((kind) => $(id).addEventListener(kind, act));
  on("filters", "input", filterSoon);
  on("filters", "reset", () => setTimeout(filterSoon));
  on("filters", "submit", (event) => event.preventDefault());
  on("document", "change", (event) => event.target.value && openDocument(Number(event.target.value)));
  on("more", "click", () => $("more").setAttribute("aria-expanded", $("filters").classList.toggle("open")));
  on("unit", "change", (event) => { state.unit = event.target.value; showCharts(); });
  on("scroll", "scroll", rowsSoon);
  on("table", "keydown", moveSelection);
  on("rows", "click", (event) => factAt(event.target) && select(factAt(event.target)));
  on("rows", "pointerover", (event) => hover(factAt(event.target)));
  on("rows", "pointerleave", () => hover(null));
  on("text", "pointerover", (event) => hoverMark(event.target.closest("mark")));
  on("text", "focusin", (event) => hoverMark(event.target.closest("mark")));
  on("text", "pointerleave focusout", () => hover(null));
  on("text", "click", (event) => event.target.closest("mark") && chooseMark(event.target.closest("mark")));
  on("text", "keydown", (event) => activate(event, (target) => target.closest("mark") && chooseMark(target.closest("mark"))));
  const fromChart = (target) => target.closest("[data-fact]") && select(facts[target.closest("[data-fact]").dataset.fact]);
  on("charts", "click", (event) => fromChart(event.target));
  on("charts", "keydown", (event) => activate(event, fromChart));
  on("opened", "change", (event) => openDocument(Number(event.target.value)));
  on("previous", "click", () => openDocument(state.opened - 1));
  on("next", "click", () => openDocument(state.opened + 1));
  on("back", "click", () => $("facts").scrollIntoView());
  on("csv", "click", () => download("zhibiao-facts.csv", "text/csv;charset=utf-8", csv()));
  on("json", "click", () => download("zhibiao-facts.json", "application/json", json()));
  on("language", "click", () => { language = language === "zh" ? "en" : "zh"; showWords(); });
  addEventListener("resize", perFrame(() => { measure(); showRows(); showCharts(); lightUp(); }));
  addEventListener("beforeprint", () => { printing = true; showRows(); });
  addEventListener("afterprint", () => { printing = false; showRows(); });
}
/** Take Enter and the space bar for a click. */
function activate(event, act) {
  if ((event.key !== "Enter" && event.key !== " ") || !event.target.matches("mark, [data-fact]")) return;
  event.preventDefault();
  act(event.target);
}

function start() {
  const name = (source) => clean([source.id, source.published].filter(Boolean).join(" · "));
  $("opened").replaceChildren(...data.documents.map((source, n) => make("option", { value: n }, name(source))));
  $("by-document").hidden = data.documents.length < 2;
  state.opened = data.documents.length ? 0 : -1;
  $("heads").replaceChildren(...COLUMNS.map(heading));
  $("table").classList.toggle("many", data.documents.length > 1);
  listen();
  showWords();
  if (!data.documents.length) $("text").textContent = say("noText");
}
start();
})();
