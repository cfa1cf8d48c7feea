// Listens to clicks and keys on the pages' own buttons and pictures, and sends them to the server.
// Streamlit redraws the page all the time, so the state is kept out here: an event that happens between two
// redraws waits, and is sent again until the server has acknowledged its number, by which it knows a repeat.

const RESEND_MS = 1000
const EXPIRE_MS = 20000 // an event that was not handled by then is dropped: the person no longer expects it

let sendToServer = null
let lastNumber = 0
let unacknowledged = []
let drawing = null
let pressed = null

const send = (event) => {
    lastNumber = Math.max(lastNumber + 1, Date.now())
    unacknowledged = [...unacknowledged, { number: lastNumber, ...event }].slice(-8)
    sendToServer?.("events", unacknowledged)
    return lastNumber
}

const resend = () => {
    if (leaving) return
    unacknowledged = unacknowledged.filter((event) => Date.now() - event.number < EXPIRE_MS)
    if (unacknowledged.length) sendToServer?.("events", unacknowledged)
}

const activate = (element) => {
    if (!element || element.disabled) return
    const { action, frame = "", value = "" } = element.dataset
    if (action === "mark_seen" && again(value)) return
    if (action === "open") wanted = frame
    send({ action, frame, value })
}

// A second tap within half a second was not meant for the slab that took the place of the one that was seen.
let seenLast = { camera: "", at: -Infinity }

const again = (camera) => {
    const before = seenLast
    seenLast = { camera, at: performance.now() }
    return before.camera === camera && seenLast.at - before.at < SETTLE_MS
}

const onClick = (event) => {
    if (!event.detail && tooNew(event.target)) return
    const element = event.target.closest?.("[data-action]") ?? null
    if (!event.detail || !pressed || (element === pressed.element && !pressed.done)) activate(element)
    const link = event.target.closest?.("a[data-page]")
    if (link) followWithoutReload(link, event)
}

// Streamlit sends with each request the page that the browser shows. A request that is sent between a change
// of page and its arrival would take the change back, so that for this time nothing is sent.
const RELOAD_MS = 10000 // a link that the server has not followed by then is followed by the browser
let leaving = null // { href, number, timer, next }: the change of page that is under way; next: the click after it

const followWithoutReload = (link, event) => {
    const other = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
    if (other || event.defaultPrevented || !sendToServer) return
    event.preventDefault()
    if (leaving) leaving.next = link.getAttribute("href")
    else leave(link.getAttribute("href"))
}

const leave = (href) => {
    leaving = { href, timer: setTimeout(giveUp, RELOAD_MS) }
    leaving.number = href === null ? Infinity : send({ action: "go", frame: "", value: href })
}

const giveUp = () => {
    const href = leaving.next ?? leaving.href
    leaving = null
    if (href !== null) location.assign(href)
}

const arrive = () => {
    const { timer, next } = leaving
    clearTimeout(timer)
    leaving = null
    if (next !== undefined) leave(next)
}

// Streamlit replaces the markup of a part in which anything changed. The keyboard focus then goes to the element
// that stands for the same: without that, Tab begins at the top of the page after every redraw.
const OWN = ".stHtml :is(a, button)"
const SETTLE_MS = 500 // for which a key does not press a button that came to stand for another slab under the focus
let focused = null
let swapped = null

const onFocus = (event) => {
    focused = event.target.closest?.(OWN) ?? null
}

// A slab that was chosen from a list on a narrow screen is drawn below it: it comes into view, as soon as enough is
// drawn below it to scroll there, unless somebody does something else before.
let wanted = ""

const showWanted = () => {
    const there = wanted && document.querySelector(`.ml-slab-title[data-frame="${CSS.escape(wanted)}"]`)
    if (!there) return
    const { top } = there.getBoundingClientRect()
    if (top <= -1 || top > innerHeight / 2) there.scrollIntoView() // it stops within a pixel
    else wanted = ""
}

// The first field of a form that somebody opened takes the focus when it is there: the keyboard goes on in it. When
// the form is gone, the button that opened it has the focus again.
let opened = ""

const takeFocus = () => {
    const there = document.querySelector("[data-opened]")
    const name = there?.dataset.opened ?? ""
    if (name === opened) return
    const next = name ? there.closest("[data-testid=stForm]")?.querySelector("textarea, input") : openerOf(opened)
    if (!next) return // it comes with the next redraw
    if (name || document.activeElement === document.body) next.focus()
    opened = name
}

const openerOf = (name) =>
    document.querySelector(`.stHtml :is([data-action=edit], [data-action=shelf])[data-value="${CSS.escape(name)}"]`)

const keepFocus = () => {
    if (!focused || focused.isConnected || document.activeElement !== document.body) return
    const before = focused.dataset
    const same = (names) => (one) => names.every((name) => one.dataset[name] === before[name])
    const all = [...document.querySelectorAll(OWN)].filter((one) => !one.disabled)
    const alike = same(["page", "action", "value", "key"])
    const next = all.find((one) => alike(one) && same(["frame"])(one)) ?? all.find(alike) ?? cardOf(before)
    if (!next) return
    if (next.dataset.frame !== before.frame) swapped = { element: next, at: performance.now() }
    next.focus({ preventScroll: true })
}

// Where the last faulty slab of a camera was released, the focus stays on its card: Tab goes on from there.
const cardOf = ({ action, value }) =>
    action === "mark_seen" ? document.querySelector(`.stHtml [data-camera="${CSS.escape(value)}"][tabindex]`) : null

const tooNew = (target) => swapped?.element.contains(target) && performance.now() - swapped.at < SETTLE_MS

// A button that goes or moves away while a finger is on it gets no click, or another one gets it: what was touched
// counts.
const onPress = (event) => {
    const element = event.button ? null : event.target.closest?.("[data-action]") ?? null
    pressed = { element, x: event.clientX, y: event.clientY, done: false }
}

const MAX_SLIDE = 12 // pixels that a finger may move in a tap

const onRelease = (event) => {
    if (!pressed?.element) return
    const { element, x, y } = pressed
    const there = element.isConnected && element.contains(document.elementFromPoint(event.clientX, event.clientY))
    if (there && event.type === "pointerup") return // the browser's click follows
    pressed.done = true
    if (event.type !== "pointerup" || Math.hypot(event.clientX - x, event.clientY - y) > MAX_SLIDE) return
    activate(element)
}

const TEXT_INPUTS = "input, textarea, select, [contenteditable], [role=listbox], [role=combobox]"

const onKey = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target.closest?.(TEXT_INPUTS)) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const button = document.querySelector(`button[data-key="${CSS.escape(key)}"]:not([disabled])`)
    if (!button) return
    event.preventDefault()
    button.click()
}

const startDrawing = (event) => {
    const picture = event.target.closest?.("[data-drawable]")
    if (!picture || event.button) return
    event.preventDefault()
    const box = document.createElement("div")
    box.className = "ml-drawing"
    document.body.append(box)
    const area = picture.getBoundingClientRect()
    drawing = { box, area, frame: picture.dataset.drawable, x: event.clientX, y: event.clientY }
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

const endDrawing = (event) => {
    if (!drawing) return
    const { box, frame, region } = drawing
    drawing = null
    box.remove()
    const large = region[2] > 0.01 && region[3] > 0.01 // anything less is a tap
    if (event.type === "pointerup" && large) send({ action: "region", frame, value: "", region })
}

document.addEventListener("click", onClick)
document.addEventListener("focusin", onFocus)
document.addEventListener("pointerdown", () => ((focused = null), (wanted = "")), true)
document.addEventListener("wheel", () => (wanted = ""), true)
const onRedraw = () => (takeFocus(), keepFocus(), showWanted())
new MutationObserver(onRedraw).observe(document.body, { childList: true, subtree: true })
document.addEventListener("keydown", onKey)
document.addEventListener("pointerdown", onPress)
document.addEventListener("pointerup", onRelease)
document.addEventListener("pointercancel", onRelease)
document.addEventListener("pointerdown", startDrawing)
document.addEventListener("pointermove", draw)
document.addEventListener("pointerup", endDrawing)
document.addEventListener("pointercancel", endDrawing)
addEventListener("popstate", () => leaving || leave(null)) // Streamlit itself goes back and forward
setInterval(resend, RESEND_MS)

// A page that asks to be drawn again every so many seconds. Not by Streamlit's own timer, which does not know of a
// change of page.
let timer = 0

const redrawEvery = (seconds, request) => {
    clearInterval(timer)
    if (seconds) timer = setInterval(() => leaving || request(), seconds * 1000)
}

let shownPage = ""

export default function ({ data, setTriggerValue }) {
    redrawEvery(data.redraw_s, () => setTriggerValue("events", unacknowledged))
    openStream(data.secret)
    document.documentElement.lang = data.language
    document.documentElement.dataset.listening = "true"
    sendToServer = setTriggerValue
    unacknowledged = unacknowledged.filter((event) => event.number > data.handled)
    const arrived = leaving && (data.handled >= leaving.number || data.page !== shownPage)
    if (data.page !== shownPage) opened = ""
    shownPage = data.page
    if (arrived) arrive()
    else resend()
}
