// Sounds while an alarm waits to be acknowledged, if the person has switched that on in this browser.
// A browser plays nothing before the first click or key on the page; a screen without either needs its
// autoplay policy set.

const STORED = "marbleline.alarm_sound"
const EVERY_MS = 4000
const TONES = [880, 660] // hertz, one after the other
const TONE_S = 0.25

let context = null
let timer = null
let waiting = 0

const isOn = () => {
    try {
        return localStorage.getItem(STORED) === "on"
    } catch {
        return false // a browser that keeps nothing
    }
}

const show = () => {
    const pressed = String(isOn())
    for (const button of document.querySelectorAll("[data-alarm-sound]"))
        if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed)
}

const sound = () => {
    context ??= new AudioContext()
    if (context.state !== "running") {
        context.resume()
        return
    }
    TONES.forEach((hertz, place) => {
        const tone = context.createOscillator()
        const volume = context.createGain()
        const begin = context.currentTime + place * TONE_S
        tone.frequency.value = hertz
        volume.gain.setValueAtTime(0.2, begin)
        volume.gain.exponentialRampToValueAtTime(0.001, begin + TONE_S)
        tone.connect(volume).connect(context.destination)
        tone.start(begin)
        tone.stop(begin + TONE_S)
    })
}

const follow = () => {
    waiting = Number(document.querySelector("[data-waiting]")?.dataset.waiting ?? waiting) // the bar is being redrawn
    const wanted = waiting > 0 && isOn()
    if (wanted && timer === null) {
        sound()
        timer = setInterval(sound, EVERY_MS)
    } else if (!wanted && timer !== null) {
        clearInterval(timer)
        timer = null
    }
    show()
}

const onClick = (event) => {
    if (!event.target.closest?.("[data-alarm-sound]")) return
    try {
        localStorage.setItem(STORED, isOn() ? "off" : "on")
    } catch {
        return
    }
    follow()
}

const onGesture = () => {
    if (context?.state === "suspended") context.resume()
}

document.addEventListener("click", onClick)
document.addEventListener("pointerdown", onGesture)
document.addEventListener("keydown", onGesture)
new MutationObserver(follow).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-waiting"] })
follow()

export default function () {}
