// Hears taps and keys on the pages' own buttons and pictures, and passes them to the server.
// The page is drawn again all the time, so what is going on lives out here: a tap that falls between two
// drawings waits, and is sent again until the server has said that it heard it; its number tells a repeat.

const AGAIN = 1000
const PATIENCE = 20000 // milliseconds: what nobody heard by then is not done behind a person's back

let tell = null
let last = 0
let waiting = []
let drawing = null
let pressed = null

const send = (tap) => {
    last = Math.max(last + 1, Date.now())
    waiting = [...waiting, { number: last, ...tap }].slice(-8)
    tell?.("taps", waiting)
}

const sendAgain = () => {
    waiting = waiting.filter((tap) => Date.now() - tap.number < PATIENCE)
    if (waiting.length) tell?.("taps", waiting)
}

const act = (element) => {
    if (!element || element.disabled) return
    const { act, frame = "", value = "" } = element.dataset
    send({ act, frame, value })
}

const click = (event) => act(event.target.closest?.("[data-act]"))

// A button that is drawn anew while a finger is on it gets no click: what it stood for at the touch counts.
const touch = (event) => {
    const element = event.button ? null : event.target.closest?.("[data-act]")
    pressed = element && { element, x: event.clientX, y: event.clientY }
}

const SLIP = 12 // pixels that a finger may slide in a tap

const lift = (event) => {
    const { element, x, y } = pressed ?? {}
    pressed = null
    if (!element || element.isConnected || event.type !== "pointerup") return
    if (Math.hypot(event.clientX - x, event.clientY - y) <= SLIP) act(element)
}

const TYPING = "input, textarea, select, [contenteditable], [role=listbox], [role=combobox]"

const press = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target.closest?.(TYPING)) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const button = document.querySelector(`button[data-key="${CSS.escape(key)}"]:not([disabled])`)
    if (!button) return
    event.preventDefault()
    button.click()
}

const begin = (event) => {
    const picture = event.target.closest?.("[data-marks]")
    if (!picture || event.button) return
    event.preventDefault()
    const box = document.createElement("div")
    box.className = "ml-drawing"
    document.body.append(box)
    const area = picture.getBoundingClientRect()
    drawing = { box, area, frame: picture.dataset.marks, x: event.clientX, y: event.clientY }
    draw(event)
}

const sides = (one, other, begin, length) =>
    [one, other].map((at) => Math.min(1, Math.max(0, (at - begin) / length))).sort((a, b) => a - b)

const draw = (event) => {
    if (!drawing) return
    const { box, area } = drawing
    const [left, right] = sides(drawing.x, event.clientX, area.left, area.width)
    const [top, bottom] = sides(drawing.y, event.clientY, area.top, area.height)
    drawing.region = [left, top, right - left, bottom - top]
    box.style.left = `${area.left + left * area.width}px`
    box.style.top = `${area.top + top * area.height}px`
    box.style.width = `${(right - left) * area.width}px`
    box.style.height = `${(bottom - top) * area.height}px`
}

const end = (event) => {
    if (!drawing) return
    const { box, frame, region } = drawing
    drawing = null
    box.remove()
    const large = region[2] > 0.01 && region[3] > 0.01 // anything less is a tap
    if (event.type === "pointerup" && large) send({ act: "region", frame, value: "", region })
}

document.addEventListener("click", click)
document.addEventListener("keydown", press)
document.addEventListener("pointerdown", touch)
document.addEventListener("pointerup", lift)
document.addEventListener("pointercancel", lift)
document.addEventListener("pointerdown", begin)
document.addEventListener("pointermove", draw)
document.addEventListener("pointerup", end)
document.addEventListener("pointercancel", end)
setInterval(sendAgain, AGAIN)
document.documentElement.dataset.ears = "open"

export default function ({ data, setTriggerValue }) {
    document.documentElement.lang = data.language
    tell = setTriggerValue
    waiting = waiting.filter((tap) => tap.number > data.heard)
    sendAgain()
}
