// Sorts a table by the column whose header is clicked; rows without a number stay last.
document.querySelectorAll("table.sortable th button").forEach((button) => button.addEventListener("click", () => {
  const header = button.parentElement, table = header.closest("table"), column = header.cellIndex;
  const wanted = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  const sign = wanted === "ascending" ? 1 : -1;
  const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)], [p, q] = [Number(x), Number(y)];
    if (x === "nan" || y === "nan") return (x === "nan") - (y === "nan");
    return sign * (Number.isNaN(p) || Number.isNaN(q) ? x.localeCompare(y) : p - q);
  };
  table.querySelectorAll("th[aria-sort]").forEach((other) => other.setAttribute("aria-sort", "none"));
  header.setAttribute("aria-sort", wanted);
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
}));
