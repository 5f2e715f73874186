"use strict";
(() => {
  const table = document.getElementById("fleet");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const form = document.getElementById("filter");
  const boxes = Array.from(form.querySelectorAll("input[type=checkbox]"));
  const search = form.querySelector("input[type=search]");
  const told = form.querySelector("output");
  form.hidden = false;

  function filter() {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = words.get(row);
      row.hidden = !(wanted.has(row.dataset.verdict) && sought.every((word) => text.includes(word)));
      shown += row.hidden ? 0 : 1;
    }
    told.textContent = `${shown} of ${rows.length} devices`;
  }

  function sort(button) {
    const head = button.closest("th");
    const place = Array.from(head.parentNode.children).indexOf(head);
    const numeric = head.classList.contains("number");
    const down = head.getAttribute("aria-sort") === (numeric ? "descending" : "ascending") ? !numeric : numeric;
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[place].dataset.sort ?? row.cells[place].textContent.trim();
    const compare = numeric
      ? (one, two) => Number(key(one)) - Number(key(two))
      : (one, two) => key(one).localeCompare(key(two), "en", { numeric: true });
    rows.sort((one, two) => (down ? -1 : 1) * compare(one, two));
    body.append(...rows);
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter, 0));
  for (const button of table.querySelectorAll("thead button")) button.addEventListener("click", () => sort(button));
  window.addEventListener("hashchange", () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.hidden) form.reset();
  });
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("main details")) details.open = true;
  });
  filter();
})();
