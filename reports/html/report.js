(() => {
  const MOST_FRAMES = 400;
  const PROBLEMS = new Set(["FAILED", "ERROR", "INCONCLUSIVE"]);
  const { SECONDS, frame, make, unpack, whenReady } = exchange;

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

  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.classList.contains("subtest")) drawExchange(event.target);
  }, true);

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
  // What is printed must be drawn at once: the frames are ready by then.
  (window.requestIdleCallback ?? setTimeout)(() => whenReady(() => {}, () => {}));
})();
