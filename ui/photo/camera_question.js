// Asks the browser for the camera before st.camera_input does, as that widget says the same of a camera that is
// blocked, missing or in use. What the browser answers goes to the server; a camera that is plugged in or allowed
// later is asked for by itself.
export default function (component) {
  // The script may run again in the same place: what was answered there stands.
  const place = component.parentElement.host ?? component.parentElement;
  const tell = (said) => {
    if (place.dataset.said === said) return;
    place.dataset.said = said;
    component.setStateValue("said", said);
  };
  const ask = async () => {
    if (!navigator.mediaDevices?.getUserMedia) return tell("insecure");
    if (place.dataset.asking || place.dataset.said === "ready") return;
    place.dataset.asking = "yes";
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true });
      // Some browsers ask the person again for a camera that was let go.
      setTimeout(() => stream.getTracks().forEach((track) => track.stop()), 3000);
      tell("ready");
    } catch (error) {
      tell(error.name);
    } finally {
      delete place.dataset.asking;
    }
  };
  const devicesChanged = async () => {
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (devices.some((device) => device.kind === "videoinput")) ask();
    else tell("NotFoundError");
  };
  let permission;
  const permissionChanged = () => (permission.state === "denied" ? tell("NotAllowedError") : ask());
  if (!place.dataset.said) ask();
  navigator.mediaDevices?.addEventListener("devicechange", devicesChanged);
  // Browsers that do not tell of this permission refuse the question.
  navigator.permissions?.query({ name: "camera" }).then(
    (found) => {
      permission = found;
      permission.addEventListener("change", permissionChanged);
    },
    () => {},
  );
  return () => {
    navigator.mediaDevices?.removeEventListener("devicechange", devicesChanged);
    permission?.removeEventListener("change", permissionChanged);
  };
}
