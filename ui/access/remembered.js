// Takes the page's ticket to the server, which answers with a cookie that no script can read.
let taken = "";
export default function (component) {
  const { ticket, address } = component.data ?? {};
  if (!ticket || ticket === taken) return;
  taken = ticket;
  fetch(address, { method: "POST", body: ticket, credentials: "same-origin" }).catch(() => { taken = ""; });
}
