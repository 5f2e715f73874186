"use strict";
const exchange = (() => {
  const OCTETS_A_LINE = 16;
  const OCTETS_IN_A_ROW = 12;
  const VIEWS = ["", "APDU, put together", "deciphered"];
  const [SECONDS, DIRECTION, LAYER, NOTE, FIRST_VIEW] = [0, 1, 2, 3, 4];
  const [HEX, SIZE, SUMMARY, PROBLEM, MASKED, ROWS] = [0, 1, 2, 3, 4, 5];

  const holder = document.getElementById("packed");
  const deflated = holder.dataset.form === "deflated";
  let packed = null;
  let inflating = null;

  const inflate = async () => {
    const octets = Uint8Array.from(atob(holder.textContent.trim()), (character) => character.charCodeAt(0));
    const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    packed = await new Response(stream).json();
  };

  // Calls `then` as soon as the frames can be read, at once where they can be already; `otherwise` where they cannot.
  const whenReady = (then, otherwise) => {
    if (packed || !deflated) {
      then();
      return;
    }
    inflating ??= inflate();
    inflating.then(then, otherwise);
  };

  const unpack = () => packed ??= JSON.parse(holder.textContent);
  const text = (index) => index < 0 ? "" : unpack().strings[index];

  const make = (tag, name, content) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (content !== undefined) element.textContent = content;
    return element;
  };

  const within = (spans, octet) => spans.some(([start, end]) => start <= octet && octet < end);

  const dump = (message, marks) => {
    const block = make("div", "hex");
    block.setAttribute("role", "group");
    block.setAttribute("aria-label", "Octets");
    const octets = message[HEX].match(/../g) ?? [];
    for (let first = 0; first < octets.length; first += OCTETS_A_LINE) {
      const row = make("div");
      row.append(make("i", "", first.toString(16).toUpperCase().padStart(4, "0")));
      octets.slice(first, first + OCTETS_A_LINE).forEach((octet, column) => {
        const at = first + column;
        const masked = within(message[MASKED], at);
        const cell = make(within(marks, at) ? "mark" : "b", masked ? "masked" : "", masked ? "••" : octet);
        cell.dataset.at = at;
        cell.tabIndex = at ? -1 : 0;
        row.append(cell);
      });
      block.append(row);
    }
    if (message[SIZE] > octets.length) block.append(make("p", "none", `${message[SIZE] - octets.length} more octets, not shown here`));
    return block;
  };

  // The innermost field that holds the marked octets; the last of those that are exactly these octets.
  const deciding = (drawn, [first, last]) => {
    let found = null;
    let exact = false;
    for (const { row, start, end, length } of drawn) {
      if (start <= first && last <= end && length > 0 && !(exact && length > last - first)) {
        found = row;
        exact = length === last - first;
      }
    }
    return found;
  };

  const fields = (message, marks) => {
    const table = make("table", "fields");
    table.setAttribute("aria-label", "Fields");
    const body = make("tbody");
    const names = [];
    const rows = message[ROWS];
    const drawn = [];
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
      row.tabIndex = at ? -1 : 0;
      const label = make("th", `d${Math.min(depth, 12)}`, name);
      label.scope = "row";
      const shown = Array.from({ length: Math.min(length, OCTETS_IN_A_ROW) }, (_, index) =>
        within(message[MASKED], start + index) ? "••" : message[HEX].substr(2 * (start + index), 2)).join(" ");
      row.append(label, make("td", "", start), make("td", "o", leaf ? shown + (length > OCTETS_IN_A_ROW ? " …" : "") : ""), make("td", "m", meaning));
      drawn.push({ row, start, end: start + length, length });
      body.append(row);
    }
    for (const mark of marks) deciding(drawn, mark)?.classList.add("decided");
    table.append(body);
    return table;
  };

  const view = (index, label, marks) => {
    const message = unpack().messages[index];
    const block = make("div", "view");
    if (label) block.append(make("p", "label", `${label}: ${text(message[SUMMARY])}`));
    if (message[PROBLEM] >= 0) block.append(make("p", "problem", text(message[PROBLEM])));
    const grid = make("div", "grid");
    grid.append(dump(message, marks));
    if (message[ROWS].length) grid.append(fields(message, marks));
    const trace = make("p", "trace");
    trace.setAttribute("role", "status");
    block.append(grid, trace);
    return block;
  };

  // The messages of a frame, one below the other; each mark is [view, first octet, octet after the last].
  const views = (number, marks) => {
    const logged = unpack().frames[number];
    return VIEWS.flatMap((label, which) => {
      const index = logged[FIRST_VIEW + which];
      return index < 0 ? [] : [view(index, label, marks.filter((mark) => mark[0] === which).map((mark) => mark.slice(1)))];
    });
  };

  // Which of the views a frame has, in the order in which they are drawn.
  const present = (number) => VIEWS.map((_, which) => which).filter((which) => unpack().frames[number][FIRST_VIEW + which] >= 0);

  const frame = (number, began, mark, open) => {
    const logged = unpack().frames[number];
    const message = unpack().messages[logged[FIRST_VIEW]];
    const element = make("details", `frame ${logged[DIRECTION] ? "in" : "out"}`);
    const summary = make("summary");
    const said = text(message[SUMMARY]);
    const note = text(logged[NOTE]);
    summary.append(
      make("span", "n", number),
      make("span", "time", `+${(logged[SECONDS] - began).toFixed(3)} s`),
      make("span", "dir", logged[DIRECTION] ? "◂ meter" : "▸ meter"),
      make("span", "layer", text(logged[LAYER])),
      make("span", "sum", note && !said.startsWith(note) ? `${said} — ${note}` : said),
      make("code", "", message[MASKED].length ? "redacted" : message[HEX].length > 64 ? `${message[HEX].slice(0, 62)}…` : message[HEX]));
    if (mark) summary.append(make("mark", "", "decides"));
    element.append(summary);
    const draw = () => {
      if (element.children.length === 1) element.append(...views(number, mark ? [mark] : []));
    };
    element.addEventListener("toggle", () => element.open && draw());
    if (open) {
      draw();
      element.open = true;
    }
    return element;
  };

  const parts = (grid, selector) => Array.from(grid.querySelectorAll(selector));
  const holds = (row, at) => Number(row.dataset.start) <= at && at < Number(row.dataset.end);

  // The field that is pointed at, or the innermost one that holds the octet: it, its octets, and where it stands.
  const point = (element, on) => {
    const grid = element.closest(".grid");
    for (const lit of parts(grid, ".lit")) lit.classList.remove("lit");
    const trace = grid.parentElement.querySelector(".trace");
    trace.textContent = "";
    if (!on) return;
    const octet = element.dataset.at === undefined ? null : Number(element.dataset.at);
    const row = octet === null ? element : parts(grid, "tr[data-start]").filter((candidate) => holds(candidate, octet)).pop();
    element.classList.add("lit");
    if (!row) return;
    row.classList.add("lit");
    for (const cell of parts(grid, "[data-at]")) cell.classList.toggle("lit", holds(row, Number(cell.dataset.at)));
    const [first, last] = [Number(row.dataset.start), Number(row.dataset.end) - 1];
    const place = last > first ? `octets ${first} to ${last}` : last === first ? `octet ${first}` : "no octet";
    trace.textContent = [place, row.title, row.querySelector(".m").textContent].filter(Boolean).join(" · ");
  };

  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(kind, (event) => {
      const element = event.target.closest?.(".grid tr[data-start], .grid [data-at]");
      if (element) point(element, on);
    });
  }

  // One stop for Tab in each dump and each table of fields; arrows lead on from there.
  const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: OCTETS_A_LINE, ArrowUp: -OCTETS_A_LINE, Home: -Infinity, End: Infinity };
  const ROW_STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    const here = event.target.closest?.(".grid tr[data-start], .grid [data-at]");
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const inDump = here.dataset.at !== undefined;
    const step = (inDump ? STEPS : ROW_STEPS)[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = parts(here.closest(".hex, .fields"), inDump ? "[data-at]" : "tr[data-start]");
    const next = all[Math.min(Math.max(all.indexOf(here) + step, 0), all.length - 1)];
    here.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  return { SECONDS, frame, make, present, unpack, views, whenReady };
})();
