"use strict";
(() => {
  const OCTETS_A_LINE = 16;
  const OCTETS_IN_A_ROW = 12;
  const MOST_FRAMES = 400;
  const PROBLEMS = new Set(["FAILED", "ERROR", "INCONCLUSIVE"]);
  const VIEWS = ["", "APDU, put together", "deciphered"];
  const [SECONDS, DIRECTION, LAYER, NOTE, FIRST_VIEW] = [0, 1, 2, 3, 4];
  const [HEX, SIZE, SUMMARY, PROBLEM, MASKED, ROWS] = [0, 1, 2, 3, 4, 5];

  let packed = null;
  const unpack = () => packed ??= JSON.parse(document.getElementById("packed").textContent);
  const text = (index) => index < 0 ? "" : unpack().strings[index];

  const make = (tag, name, content) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (content !== undefined) element.textContent = content;
    return element;
  };

  const within = (spans, octet) => spans.some(([start, end]) => start <= octet && octet < end);

  const dump = (message, mark) => {
    const block = make("div", "hex");
    const octets = message[HEX].match(/../g) ?? [];
    for (let first = 0; first < octets.length; first += OCTETS_A_LINE) {
      const row = make("div");
      row.append(make("i", "", first.toString(16).toUpperCase().padStart(4, "0")));
      octets.slice(first, first + OCTETS_A_LINE).forEach((octet, column) => {
        const at = first + column;
        const masked = within(message[MASKED], at);
        const cell = make(mark && mark[0] <= at && at < mark[1] ? "mark" : "b", masked ? "masked" : "", masked ? "••" : octet);
        cell.dataset.at = at;
        row.append(cell);
      });
      block.append(row);
    }
    if (message[SIZE] > octets.length) block.append(make("p", "none", `${message[SIZE] - octets.length} more octets in the frame log`));
    return block;
  };

  const fields = (message, mark) => {
    const table = make("table", "fields");
    const body = make("tbody");
    const names = [];
    const rows = message[ROWS];
    let decided = null;
    let exact = false;
    for (let at = 0; at < rows.length; at += 5) {
      const depth = Math.abs(rows[at]);
      const [name, start, length, meaning] = [text(rows[at + 1]), rows[at + 2], rows[at + 3], text(rows[at + 4])];
      names.length = depth;
      names[depth] = rows[at] < 0 || depth === 0 ? name : `${names[depth - 1]}.${name}`;
      const leaf = at + 5 >= rows.length || Math.abs(rows[at + 5]) <= depth;
      const row = make("tr", leaf ? "" : "inner");
      row.dataset.start = start;
      row.dataset.end = start + length;
      row.title = names[depth];
      const label = make("th", `d${Math.min(depth, 12)}`, name);
      label.scope = "row";
      const shown = Array.from({ length: Math.min(length, OCTETS_IN_A_ROW) }, (_, index) =>
        within(message[MASKED], start + index) ? "••" : message[HEX].substr(2 * (start + index), 2)).join(" ");
      row.append(label, make("td", "", start), make("td", "o", leaf ? shown + (length > OCTETS_IN_A_ROW ? " …" : "") : ""), make("td", "m", meaning));
      if (mark && start <= mark[0] && mark[1] <= start + length && length > 0 && !(exact && length > mark[1] - mark[0])) {
        decided = row;
        exact = length === mark[1] - mark[0];
      }
      body.append(row);
    }
    if (decided) decided.classList.add("decided");
    table.append(body);
    return table;
  };

  const view = (index, label, mark) => {
    const message = unpack().messages[index];
    const block = make("div", "view");
    if (label) block.append(make("p", "label", `${label}: ${text(message[SUMMARY])}`));
    if (message[PROBLEM] >= 0) block.append(make("p", "problem", text(message[PROBLEM])));
    const grid = make("div", "grid");
    grid.append(dump(message, mark));
    if (message[ROWS].length) grid.append(fields(message, mark));
    block.append(grid);
    return block;
  };

  const frame = (number, began, mark, open) => {
    const logged = unpack().frames[number];
    const message = unpack().messages[logged[FIRST_VIEW]];
    const element = make("details", `frame ${logged[DIRECTION] ? "in" : "out"}`);
    const summary = make("summary");
    summary.append(
      make("span", "n", number),
      make("span", "time", `+${(logged[SECONDS] - began).toFixed(3)} s`),
      make("span", "dir", logged[DIRECTION] ? "◂ meter" : "▸ meter"),
      make("span", "layer", text(logged[LAYER])),
      make("span", "sum", [text(message[SUMMARY]), text(logged[NOTE])].filter(Boolean).join(" — ")),
      make("code", "", message[MASKED].length ? "redacted" : message[HEX].length > 64 ? `${message[HEX].slice(0, 62)}…` : message[HEX]));
    if (mark) summary.append(make("mark", "", "decides"));
    element.append(summary);
    const draw = () => {
      if (element.children.length > 1) return;
      VIEWS.forEach((label, which) => {
        const index = logged[FIRST_VIEW + which];
        if (index >= 0) element.append(view(index, label, mark && mark[0] === which ? mark.slice(1) : null));
      });
    };
    element.addEventListener("toggle", () => element.open && draw());
    if (open) {
      draw();
      element.open = true;
    }
    return element;
  };

  const drawExchange = (subtest) => {
    const place = subtest.querySelector(".exchange");
    if (!place || place.firstChild) return;
    const [first, last] = place.dataset.frames.split(":").map(Number);
    const mark = place.dataset.mark ? place.dataset.mark.split(":").map(Number) : null;
    const frames = unpack().frames;
    const problem = PROBLEMS.has(subtest.dataset.verdict);
    const end = Math.min(last, first + MOST_FRAMES - 1);
    place.append(make("p", "label", `Exchange, frames ${first} to ${last}`));
    for (let number = first; number <= end; number += 1) {
      if (!frames[number]) continue;
      const decides = mark && mark[0] === number ? mark.slice(1) : null;
      place.append(frame(number, frames[first]?.[SECONDS] ?? 0, decides, Boolean(decides) || (problem && !mark && last - first < 6)));
    }
    if (end < last) place.append(make("p", "none", `${last - end} more frames in the frame log`));
  };

  const light = (element, start, end, on) => {
    for (const octet of element.querySelectorAll(".hex [data-at]")) {
      const at = Number(octet.dataset.at);
      octet.classList.toggle("lit", on && start <= at && at < end);
    }
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.classList.contains("subtest")) drawExchange(event.target);
  }, true);

  for (const kind of ["mouseover", "mouseout"]) {
    document.addEventListener(kind, (event) => {
      const grid = event.target.closest?.(".grid");
      if (!grid) return;
      const row = event.target.closest("tr[data-start]");
      if (row) {
        light(grid, Number(row.dataset.start), Number(row.dataset.end), kind === "mouseover");
        return;
      }
      const octet = event.target.closest("[data-at]");
      if (!octet) return;
      const at = Number(octet.dataset.at);
      let innermost = null;
      for (const candidate of grid.querySelectorAll("tr[data-start]")) {
        candidate.classList.remove("lit");
        if (Number(candidate.dataset.start) <= at && at < Number(candidate.dataset.end)) innermost = candidate;
      }
      if (innermost && kind === "mouseover") innermost.classList.add("lit");
    });
  }

  const subtests = Array.from(document.querySelectorAll("details.subtest"), (element) => ({ element, said: null }));
  const boxes = Array.from(document.querySelectorAll("#filter input[type=checkbox]"));
  const search = document.getElementById("search");

  const said = (subtest) => {
    if (subtest.said === null) {
      const heads = [subtest.element.closest(".case").querySelector("h3"), subtest.element.closest(".run").querySelector("h4")];
      const own = [subtest.element.querySelector("summary"), ...subtest.element.querySelectorAll(".body > dl, .findings, .steps")];
      subtest.said = [...heads, ...own].map((part) => part.textContent).join(" ").toLowerCase();
    }
    return subtest.said;
  };

  const filter = () => {
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const subtest of subtests) {
      const fits = verdicts.has(subtest.element.dataset.verdict) && words.every((word) => said(subtest).includes(word));
      subtest.element.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const level of [".run", ".case", ".group"]) {
      for (const section of document.querySelectorAll(`main ${level}`)) {
        section.hidden = !section.querySelector("details.subtest:not([hidden])");
      }
    }
    for (const row of document.querySelectorAll(".matrix tr[data-case]")) {
      row.hidden = document.getElementById(row.dataset.case).hidden;
    }
    document.getElementById("shown").textContent = `${shown} of ${subtests.length} subtests`;
  };

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]")) {
      boxes.forEach((box) => { box.checked = true; });
      search.value = "";
      filter();
    }
    if (target.matches("details.subtest")) {
      drawExchange(target);
      target.open = true;
    }
    target.scrollIntoView();
  };

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  boxes.forEach((box) => box.addEventListener("change", filter));
  document.getElementById("open").addEventListener("click", () => {
    subtests.filter(({ element }) => !element.hidden).slice(0, 200).forEach(({ element }) => { element.open = true; });
  });
  document.getElementById("close").addEventListener("click", () => {
    subtests.forEach(({ element }) => { element.open = false; });
  });
  window.addEventListener("hashchange", reveal);
  window.addEventListener("beforeprint", () => {
    for (const { element } of subtests) {
      if (!element.hidden && PROBLEMS.has(element.dataset.verdict)) {
        drawExchange(element);
        element.open = true;
      }
    }
  });
  document.getElementById("filter").hidden = false;
  filter();
  subtests.filter(({ element }) => element.open).forEach(({ element }) => drawExchange(element));
  if (location.hash) reveal();
})();
