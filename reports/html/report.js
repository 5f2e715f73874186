(() => {
  const MOST_FRAMES = 400;
  const MOST_OPENED = 200;
  const MOST_PRINTED = 25;
  const PROBLEMS = new Set(["FAILED", "ERROR", "INCONCLUSIVE"]);
  const { SECONDS, frame, make, unpack, whenReady } = exchange;
  const get = (id) => document.getElementById(id);

  const drawExchange = (subtest) => {
    const place = subtest.querySelector(".exchange");
    if (!place || place.firstChild) return;
    place.append(make("p", "label", `Exchange, frames ${place.dataset.frames.replace(":", " to ")}`));
    whenReady(
      () => drawFrames(subtest, place),
      () => place.append(make("p", "none", "This browser cannot unpack the frames; they stand in frames.jsonl.")));
  };

  const drawFrames = (subtest, place) => {
    const [first, last] = place.dataset.frames.split(":").map(Number);
    const mark = place.dataset.mark ? place.dataset.mark.split(":").map(Number) : null;
    const frames = unpack().frames;
    const problem = PROBLEMS.has(subtest.dataset.verdict);
    const end = Math.min(last, first + MOST_FRAMES - 1);
    for (let number = first; number <= end; number += 1) {
      if (!frames[number]) continue;
      const decides = mark && mark[0] === number ? mark.slice(1) : null;
      place.append(frame(number, frames[first]?.[SECONDS] ?? 0, decides, Boolean(decides) || (problem && !mark && last - first < 6)));
    }
    if (end < last) place.append(make("p", "none", `${last - end} more frames in the frame log`));
  };

  // Every subtest can be linked to; the link is drawn when somebody opens it.
  const drawLink = (subtest) => {
    const body = subtest.querySelector(".body");
    if (body.querySelector(".permalink")) return;
    const link = make("a", "permalink", "Link to this subtest");
    link.href = `#${subtest.id}`;
    body.append(document.createTextNode(" "), link);
  };

  const drawSubtest = (subtest) => {
    drawExchange(subtest);
    drawLink(subtest);
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.classList.contains("subtest") && !event.target.querySelector(".beyond")) drawSubtest(event.target);
  }, true);

  const subtests = Array.from(document.querySelectorAll("details.subtest"), (element) => ({ element, said: null }));
  const boxes = Array.from(document.querySelectorAll(".choices input"));
  const search = get("search");

  const said = (subtest) => {
    if (subtest.said === null) {
      const inCase = subtest.element.closest(".case").querySelectorAll(":scope > h3, :scope > .clause, :scope > .purpose");
      const heads = [...inCase, subtest.element.closest(".run").querySelector("h4")];
      const own = [subtest.element.querySelector("summary"), ...subtest.element.querySelectorAll(".body > dl, .findings, .steps, .announced")];
      subtest.said = [...heads, ...own].map((part) => part.textContent).join(" ").toLowerCase();
    }
    return subtest.said;
  };

  const tell = (shown) => {
    get("shown").textContent = `${shown} of ${subtests.length} subtests`;
    get("nothing").hidden = shown > 0;
    document.body.classList.toggle("filtered", shown < subtests.length);
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
    for (const level of [".run", ".case", "section.group"]) {
      for (const section of document.querySelectorAll(`.subtests ${level}`)) {
        section.hidden = !section.querySelector("details.subtest:not([hidden])");
      }
    }
    for (const row of document.querySelectorAll(".matrix tr[data-case]")) {
      row.hidden = get(row.dataset.case).hidden;
    }
    tell(shown);
  };

  const choose = (wanted, words = "") => {
    boxes.forEach((box) => { box.checked = wanted(box.value); });
    search.value = words;
    filter();
  };

  const reveal = () => {
    const target = get(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]")) choose(() => true);
    if (target.matches("details.subtest")) {
      drawSubtest(target);
      target.open = true;
    }
    for (let around = target.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    target.scrollIntoView();
  };

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  boxes.forEach((box) => box.addEventListener("change", filter));

  const openShown = () => {
    const shown = subtests.filter(({ element }) => !element.hidden);
    shown.slice(0, MOST_OPENED).forEach(({ element }) => { element.open = true; });
    if (shown.length > MOST_OPENED) get("said").textContent = `The first ${MOST_OPENED} are open.`;
  };
  const closeAll = () => subtests.forEach(({ element }) => { element.open = false; });

  // From where the reader is to the next problem that is shown, or the one before.
  const step = (way) => {
    const shown = subtests.map(({ element }) => element).filter((element) => !element.hidden && PROBLEMS.has(element.dataset.verdict));
    if (!shown.length) {
      get("said").textContent = "No problem is shown.";
      return;
    }
    const here = document.activeElement.closest?.("details.subtest") ?? document.querySelector("details.subtest:target") ?? document.activeElement;
    const side = way > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
    const beyond = shown.filter((element) => here.compareDocumentPosition(element) & side && !here.contains(element) || here === document.body);
    const next = (way > 0 ? beyond[0] : beyond[beyond.length - 1]) ?? (way > 0 ? shown[shown.length - 1] : shown[0]);
    drawSubtest(next);
    next.open = true;
    next.querySelector("summary").focus({ preventScroll: true });
    next.scrollIntoView();
    history.replaceState(null, "", `#${next.id}`);
    get("said").textContent = `Problem ${shown.indexOf(next) + 1} of ${shown.length}`;
  };

  const leave = () => {
    if (document.activeElement === search) {
      if (search.value) choose((verdict) => boxes.find((box) => box.value === verdict).checked);
      else search.blur();
      return;
    }
    const opened = document.activeElement.closest?.("details[open]");
    if (!opened) return;
    opened.open = false;
    opened.querySelector("summary").focus();
  };

  const keys = {
    "/": () => search.focus(),
    n: () => step(1),
    p: () => step(-1),
    o: openShown,
    c: closeAll,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      leave();
      return;
    }
    if (!get("keys").checked || event.target === search || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  get("problems").addEventListener("click", () => choose((verdict) => PROBLEMS.has(verdict), search.value));
  get("everything").addEventListener("click", () => choose(() => true));
  get("open").addEventListener("click", openShown);
  get("close").addEventListener("click", closeAll);
  window.addEventListener("hashchange", reveal);

  // What is printed is whole: every list is open, and every problem, the first ones with their exchanges, which take
  // pages; the others say where theirs stand. Afterwards all is as it was.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    const problems = subtests.map(({ element }) => element).filter((element) => !element.hidden && PROBLEMS.has(element.dataset.verdict));
    problems.slice(0, MOST_PRINTED).forEach(drawExchange);
    for (const beyond of problems.slice(MOST_PRINTED)) {
      const place = beyond.querySelector(".exchange");
      if (place && !place.firstChild) place.append(make("p", "label beyond", `Exchange, frames ${place.dataset.frames.replace(":", " to ")}: in report.pdf and frames.jsonl`));
    }
    opened = [...document.querySelectorAll("details.left, details.config"), ...problems].filter((element) => !element.open);
    opened.forEach((element) => { element.open = true; });
  });
  window.addEventListener("afterprint", () => {
    document.querySelectorAll(".beyond").forEach((element) => element.remove());
    opened.forEach((element) => { element.open = false; });
  });

  get("filter").hidden = false;
  // What is linked to must not come to lie under the bar that stays at the top.
  const makeRoom = () => {
    const stays = getComputedStyle(get("filter")).position === "sticky";
    document.documentElement.style.scrollPaddingTop = `${stays ? get("filter").offsetHeight + 8 : 8}px`;
  };
  window.addEventListener("resize", makeRoom);
  makeRoom();
  // A browser keeps what was chosen when a page is loaded again.
  if (search.value || boxes.some((box) => !box.checked)) filter();
  else tell(subtests.length);
  subtests.filter(({ element }) => element.open).forEach(({ element }) => drawSubtest(element));
  if (location.hash) reveal();
  // What is printed must be drawn at once: the frames are ready by then.
  (window.requestIdleCallback ?? setTimeout)(() => whenReady(() => {}, () => {}));
})();
