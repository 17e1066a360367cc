// What was revealed is masked again on the screen too once its time is over: the page is asked for anew. A form that is
// being filled in is left alone for some minutes more.
const shown = document.querySelector("[data-masked-in]");
const FILLING = 10 * 60 * 1000;
const until = Date.now() + (Number(shown?.dataset.maskedIn ?? 0) + 1) * 1000;

function isChanged(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected && one.index);
  return field.value !== field.defaultValue;
}

function maskAgain() {
  const late = Date.now() - until;
  if (late < 0) return;
  const fields = document.querySelectorAll("main :is(input:not([type=hidden]), textarea, select)");
  if (late > FILLING || ![...fields].some(isChanged)) location.replace(location.pathname + location.search);
}

if (shown) {
  setInterval(maskAgain, 1000);
  document.addEventListener("visibilitychange", maskAgain);
}
