(() => {
  const frames = Array.from(document.querySelectorAll("details.frame"));
  const findings = Array.from(document.querySelectorAll(".finding"));
  const marksOf = (frame) => JSON.parse(frame.dataset.marks);

  // The octets that grave findings rest on are marked always, those of others when one has come from there.
  const draw = (frame, finding = 0) => {
    if (frame.dataset.drawn === String(finding)) return;
    frame.dataset.drawn = finding;
    const marks = marksOf(frame).filter(([number, grave]) => grave || number === finding);
    const place = frame.querySelector(".drawn");
    place.replaceChildren(...exchange.views(Number(frame.dataset.n), marks.map((mark) => mark.slice(2))));
  };

  const clear = (selector, name) => {
    for (const element of document.querySelectorAll(selector)) element.classList.remove(name);
  };

  const emphasise = (frame, finding) => {
    clear(".active", "active");
    const mark = marksOf(frame).find(([number]) => number === finding);
    if (!mark) return null;
    const [, , which, start, end] = mark;
    const view = frame.querySelectorAll(".view")[exchange.present(Number(frame.dataset.n)).indexOf(which)];
    if (!view) return null;
    let first = null;
    for (const octet of view.querySelectorAll(".hex mark[data-at]")) {
      const at = Number(octet.dataset.at);
      if (start <= at && at < end) {
        octet.classList.add("active");
        first ??= octet;
      }
    }
    const rows = Array.from(view.querySelectorAll("tr.decided"));
    const row = rows.filter((one) => Number(one.dataset.start) <= start && end <= Number(one.dataset.end)).pop();
    if (row) row.classList.add("active");
    return first ?? row;
  };

  const show = (frame, finding) => {
    draw(frame, finding);
    frame.open = true;
    clear(".frame.current", "current");
    frame.classList.add("current");
    const place = emphasise(frame, finding);
    const summary = frame.querySelector("summary");
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "start" });
    const box = place?.getBoundingClientRect();
    if (box && box.bottom > window.innerHeight) place.scrollIntoView({ block: "center" });
  };

  let current = -1;
  const choose = (index) => {
    if (!findings.length) return;
    current = Math.min(Math.max(index, 0), findings.length - 1);
    clear(".finding.current", "current");
    const finding = findings[current];
    finding.classList.add("current");
    finding.focus({ preventScroll: true });
    finding.scrollIntoView({ block: "nearest" });
  };

  const follow = (link) => {
    const frame = document.getElementById(link.hash.slice(1));
    if (!frame) return;
    current = findings.indexOf(link.closest(".finding"));
    history.replaceState(null, "", link.hash);
    show(frame, Number(link.dataset.finding));
  };

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.matches("details.frame")) show(target, 0);
    else if (target?.matches(".finding")) choose(findings.indexOf(target));
  };

  const setAll = (open) => frames.forEach((frame) => {
    if (open && !frame.dataset.drawn) draw(frame);
    frame.open = open;
  });

  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches("details.frame") && !event.target.dataset.drawn) draw(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    follow(link);
  });

  const keys = {
    n: () => choose(current + 1),
    p: () => choose(current - 1),
    f: () => findings[current]?.querySelector("a.to")?.click(),
    b: () => choose(current),
    o: () => setAll(true),
    c: () => setAll(false),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("next").addEventListener("click", keys.n);
  document.getElementById("previous").addEventListener("click", keys.p);
  document.getElementById("open").addEventListener("click", keys.o);
  document.getElementById("close").addEventListener("click", keys.c);

  // A printed page holds what a finding rests on; what was closed before is closed again behind it.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = frames.filter((frame) => !frame.open && frame.querySelector("summary a"));
    opened.forEach((frame) => {
      if (!frame.dataset.drawn) draw(frame);
      frame.open = true;
    });
  });
  window.addEventListener("afterprint", () => opened.forEach((frame) => { frame.open = false; }));
  window.addEventListener("hashchange", reveal);

  for (const hidden of document.querySelectorAll(".keys, .controls")) hidden.hidden = false;
  frames.filter((frame) => frame.open).forEach((frame) => draw(frame));
  if (location.hash) reveal();
})();
