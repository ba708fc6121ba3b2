// Tells the server what the camera's frame says when the browser refuses to start it. streamlit-webrtc shows
// such an error inside its frame and keeps it to itself; the frame is of this page's own origin.
export default function (component) {
  let last = "";
  const look = () => {
    const frame = document.querySelector('iframe[title*="webrtc"]');
    const alert = frame?.contentDocument?.querySelector('[role="alert"]');
    const said = (alert?.textContent ?? "").slice(0, 200);
    if (said !== last) {
      last = said;
      component.setStateValue("said", said);
    }
  };
  const timer = setInterval(look, 400);
  return () => clearInterval(timer);
}
