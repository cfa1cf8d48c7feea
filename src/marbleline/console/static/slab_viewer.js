// Looks at one slab closely: zoom and pan by wheel, drag, pinch and keys; heat map, outlines of defects.
// A modal dialog of the browser's own, so that focus stays inside and comes back, and Escape closes it.

const CLOSEST = 16 // screen pixels for one of the picture
const WHEEL = 0.0015 // of the zoom's logarithm for one pixel of the wheel
const STEP = 1.25
const SVG = "http://www.w3.org/2000/svg"
const PAN_PX = 60
const SHARP_FROM = 3 // screen pixels for one of the picture from which on pixels are shown as squares

let open = null // { dialog, opened, view }: what is on the screen; opened is the number of the opening
let closed = 0 // the number of the newest opening that the person has ended; the server may not know yet

const make = (tag, className, text = "") => {
    const made = document.createElement(tag)
    if (className) made.className = className
    if (text) made.textContent = text
    return made
}

const button = (text, onClick, key = "") => {
    const made = make("button", "ml-plain", text)
    made.type = "button"
    if (key) made.append(make("kbd", "", key))
    made.addEventListener("click", onClick)
    return made
}

// The picture on its stage. ``place``: screen pixels for one of the picture, and where its corner lies.
const makeStage = (slab) => {
    const stage = make("div", "ml-viewer-stage")
    const sheet = make("div", "ml-viewer-sheet")
    stage.tabIndex = 0
    stage.setAttribute("role", "group")
    stage.setAttribute("aria-label", slab.texts.stage)
    sheet.style.width = `${slab.width}px`
    sheet.style.height = `${slab.height}px`
    const picture = make("img", "ml-viewer-picture")
    picture.src = slab.picture ?? ""
    picture.alt = slab.alt
    picture.draggable = false
    const heat = make("img", "ml-viewer-heat")
    heat.alt = ""
    heat.draggable = false
    if (slab.heat) heat.src = slab.heat
    else heat.hidden = true
    const outlines = make("div", "ml-viewer-outlines")
    outlines.append(polygons(slab), ...slab.defects.map((defect, place) => number(defect, place)))
    sheet.append(picture, heat, outlines)
    stage.append(sheet)

    const place = { scale: 1, x: 0, y: 0, fitted: true }
    const whole = () => Math.min(stage.clientWidth / slab.width, stage.clientHeight / slab.height) || 1
    const show = () => {
        const { scale } = place
        const width = slab.width * scale
        const height = slab.height * scale
        const inside = (at, size, room) => (size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, at)))
        place.x = inside(place.x, width, stage.clientWidth)
        place.y = inside(place.y, height, stage.clientHeight)
        sheet.style.transform = `translate(${place.x}px, ${place.y}px) scale(${scale})`
        sheet.style.setProperty("--ml-inverse", 1 / scale)
        picture.style.imageRendering = scale >= SHARP_FROM ? "pixelated" : "auto"
        stage.dataset.scale = scale.toFixed(3)
    }
    const zoomTo = (scale, x = stage.clientWidth / 2, y = stage.clientHeight / 2) => {
        const next = Math.min(Math.max(scale, whole()), Math.max(CLOSEST, whole()))
        place.x = x - ((x - place.x) * next) / place.scale
        place.y = y - ((y - place.y) * next) / place.scale
        place.scale = next
        place.fitted = next === whole()
        show()
    }
    const pan = (x, y) => {
        place.x += x
        place.y += y
        show()
    }
    const fit = () => zoomTo(0)
    const look = ([left, top, width, height]) => {
        const room = 0.5 // of the stage that the defect takes
        const across = (stage.clientWidth * room) / (width * slab.width)
        const down = (stage.clientHeight * room) / (height * slab.height)
        zoomTo(Math.min(across, down, CLOSEST / 2))
        place.x = stage.clientWidth / 2 - (left + width / 2) * slab.width * place.scale
        place.y = stage.clientHeight / 2 - (top + height / 2) * slab.height * place.scale
        show()
    }
    listenToPointers(stage, place, zoomTo, pan)
    new ResizeObserver(() => (place.fitted ? fit() : zoomTo(place.scale))).observe(stage)
    return { stage, heat, outlines, zoomBy: (factor) => zoomTo(place.scale * factor), pan, fit, look }
}

// A light line on a dark one, so that it is seen on any stone.
const polygons = (slab) => {
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", `0 0 ${slab.width} ${slab.height}`)
    svg.setAttribute("preserveAspectRatio", "none")
    svg.setAttribute("aria-hidden", "true")
    for (const { outline } of slab.defects)
        for (const name of ["is-under", "is-over"]) {
            const made = document.createElementNS(SVG, "polygon")
            made.setAttribute("points", outline.map(([x, y]) => `${x * slab.width},${y * slab.height}`).join(" "))
            made.setAttribute("class", name)
            svg.append(made)
        }
    return svg
}

const number = ({ box: [left, top, width, height], text }, place) => {
    const made = make("span", "ml-viewer-outline")
    Object.entries({ left, top, width, height }).forEach(([side, share]) => (made.style[side] = `${share * 100}%`))
    made.title = text
    made.append(make("b", "", String(place + 1)))
    return made
}

const listenToPointers = (stage, place, zoomTo, pan) => {
    const down = new Map()
    const local = (event) => {
        const area = stage.getBoundingClientRect()
        return { x: event.clientX - area.left, y: event.clientY - area.top }
    }
    const between = () => {
        const [one, other] = [...down.values()]
        return {
            x: (one.x + other.x) / 2,
            y: (one.y + other.y) / 2,
            apart: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
        }
    }
    stage.addEventListener("wheel", (event) => {
        event.preventDefault()
        const { x, y } = local(event)
        const pixels = event.deltaY * (event.deltaMode ? 30 : 1)
        zoomTo(place.scale * Math.exp(-pixels * WHEEL), x, y)
    }, { passive: false })
    stage.addEventListener("pointerdown", (event) => {
        if (event.button) return
        stage.setPointerCapture(event.pointerId)
        down.set(event.pointerId, local(event))
    })
    stage.addEventListener("pointermove", (event) => {
        const before = down.get(event.pointerId)
        if (!before) return
        const now = local(event)
        if (down.size === 1) {
            down.set(event.pointerId, now)
            pan(now.x - before.x, now.y - before.y)
        } else if (down.size === 2) {
            const first = between()
            down.set(event.pointerId, now)
            const second = between()
            pan(second.x - first.x, second.y - first.y)
            zoomTo((place.scale * second.apart) / first.apart, second.x, second.y)
        }
    })
    for (const name of ["pointerup", "pointercancel"])
        stage.addEventListener(name, (event) => down.delete(event.pointerId))
}

// The other pictures of the slab, by other cameras and of other tiles, each small and whole.
const makeBeside = (slab) => {
    const beside = make("div", "ml-viewer-beside")
    beside.hidden = true
    beside.tabIndex = 0
    beside.setAttribute("role", "group")
    beside.setAttribute("aria-label", slab.texts.beside)
    for (const { frame, text, alt, picture, heat } of slab.beside) {
        const figure = make("figure")
        const frameOf = make("div", "ml-viewer-small")
        const image = make("img")
        image.src = picture ?? ""
        image.alt = alt
        frameOf.append(image)
        if (heat) {
            const layer = make("img", "ml-viewer-heat")
            layer.src = heat
            layer.alt = ""
            frameOf.append(layer)
        }
        const caption = make("figcaption")
        caption.append(other({ frame, text }))
        figure.append(frameOf, caption)
        beside.append(figure)
    }
    if (slab.beside.length) beside.append(make("p", "ml-dim", slab.texts["beside.note"]))
    return beside
}

const makePanel = (slab, view, beside) => {
    const { texts } = slab
    const panel = make("div", "ml-viewer-panel")
    const buttons = make("div", "ml-moves")
    buttons.append(
        button(texts.larger, () => view.zoomBy(STEP), "+"),
        button(texts.smaller, () => view.zoomBy(1 / STEP), "−"),
        button(texts.fit, view.fit, "0"),
    )
    panel.append(buttons)
    const heats = [view.heat, ...beside.querySelectorAll(".ml-viewer-heat")]
    if (slab.heat || heats.length > 1) panel.append(slider(texts.heat, heats))
    if (slab.beside.length) {
        const press = button(texts.beside, () => {
            beside.hidden = !beside.hidden
            press.setAttribute("aria-pressed", String(!beside.hidden))
        }, "B")
        press.classList.add("ml-viewer-press")
        press.setAttribute("aria-pressed", "false")
        buttons.append(press)
    }
    if (slab.defects.length) {
        panel.append(toggle(texts.outlines, view.outlines), make("h3", "", texts.defects))
        panel.append(list("ol", slab.defects.map(({ text, box }) => button(text, () => view.look(box)))))
    }
    if (slab.strangest) panel.append(...makeStrangest(slab, view))
    if (slab.note) panel.append(make("p", "ml-dim", slab.note))
    if (slab.labels.length) panel.append(make("h3", "", texts.labels), list("ul", slab.labels.map(label)))
    if (slab.others.length) panel.append(make("h3", "", texts.others), list("ul", slab.others.map(other)))
    if (slab.guide.length) panel.append(...makeGuide(slab))
    panel.append(make("p", "ml-dim", texts.keys))
    return panel
}

// Makes the slab an example in the guide: the page's own buttons, which the event listener hears. What came of it
// is said by the page's message, which lies behind this dialog and is repeated in it.
const makeGuide = ({ frame, guide, texts }) => {
    const buttons = guide.map(({ topic, text }) => {
        const made = button(text, () => (said.dataset.asked = "true"))
        Object.assign(made.dataset, { action: "add_example", frame, value: topic })
        return made
    })
    const said = make("p", "ml-viewer-said")
    said.setAttribute("role", "status")
    const moves = make("div", "ml-moves")
    moves.append(...buttons)
    return [make("h3", "", texts.guide), moves, said]
}

const repeatMessage = () => {
    const said = open?.dialog.querySelector(".ml-viewer-said[data-asked]")
    const words = document.querySelector('[data-part="message"]')?.textContent ?? ""
    if (said && words && said.textContent !== words) said.textContent = words
}

// The strangest patch with what is around it, and beside it the good patch that is most like it, as large.
const makeStrangest = ({ strangest: { box, around, normal }, picture, texts }, view) => {
    const pair = make("div", "ml-viewer-pair")
    const [left, top, width, height] = around
    const here = make("img")
    here.src = picture ?? ""
    Object.assign(here.style, {
        width: `${100 / width}%`, height: `${100 / height}%`, left: `${(-100 * left) / width}%`, top: `${(-100 * top) / height}%`,
    })
    const good = make("img")
    good.src = normal
    for (const [image, text] of [[here, texts["strangest.here"]], [good, texts["strangest.normal"]]]) {
        const figure = make("figure")
        const frame = make("div", "ml-viewer-patch")
        image.alt = text
        frame.append(image)
        figure.append(frame, make("figcaption", "", text))
        pair.append(figure)
    }
    const show = button(texts["strangest.show"], () => view.look(box))
    return [make("h3", "", texts.strangest), pair, make("p", "ml-dim", texts["strangest.note"]), show]
}

const list = (tag, children) => {
    const made = make(tag, "ml-viewer-list")
    for (const child of children) {
        const item = make("li")
        item.append(child)
        made.append(item)
    }
    return made
}

const label = ({ text, note }) => {
    const made = make("span", "", text)
    if (note) made.append(" ", make("q", "", note))
    return made
}

const other = ({ frame, text }) => {
    const link = make("a", "", text)
    link.href = `search?frame=${encodeURIComponent(frame)}`
    link.dataset.page = "search"
    link.addEventListener("click", (event) => {
        if (!(event.ctrlKey || event.metaKey || event.shiftKey)) closeQuietly()
    })
    return link
}

// Without a word to the server, which a change of page that is under way must not hear: it is told afterwards.
const closeQuietly = () => {
    if (!open) return
    open.quiet = true
    open.dialog.close()
}

const slider = (text, heats) => {
    const label = make("label", "ml-viewer-control", text)
    const input = make("input")
    Object.assign(input, { type: "range", min: 0, max: 100, step: 5, value: 70 })
    const apply = () => heats.forEach((heat) => (heat.style.opacity = input.value / 100))
    input.addEventListener("input", apply)
    apply()
    label.append(input)
    return label
}

const toggle = (text, outlines) => {
    const label = make("label", "ml-viewer-control")
    const input = make("input")
    Object.assign(input, { type: "checkbox", checked: true })
    input.addEventListener("change", () => (outlines.hidden = !input.checked))
    label.append(input, text)
    return label
}

const build = (slab, onClosed) => {
    const dialog = make("dialog", "ml-viewer")
    const title = make("h2", "", slab.title)
    title.id = "ml-viewer-title"
    dialog.setAttribute("aria-labelledby", title.id)
    dialog.dataset.frame = slab.frame
    dialog.dataset.original = slab.original
    const view = makeStage(slab)
    const head = make("header", "ml-viewer-head")
    const leave = button(slab.texts.close, () => dialog.close(), "Esc")
    leave.classList.add("ml-viewer-close")
    head.append(title, make("span", "ml-dim", slab.said), leave)
    const body = make("div", "ml-viewer-body")
    const beside = makeBeside(slab)
    const pictures = make("div", "ml-viewer-pictures")
    pictures.append(view.stage, beside)
    body.append(pictures, makePanel(slab, view, beside))
    dialog.append(head, body)
    dialog.addEventListener("close", () => {
        const { quiet } = open
        open = null
        closed = slab.opened
        dialog.remove()
        if (quiet) return
        opener = slab.frame
        if (!focusOpener()) document.activeElement?.blur()
        onClosed()
    })
    document.body.append(dialog)
    open = { dialog, opened: slab.opened, view, quiet: false }
    dialog.showModal()
    view.stage.focus()
    view.fit()
}

// The focus goes back to the button that opened the viewer, or as soon as it is there: the page may be drawn anew
// at that moment. Whoever has gone on to something else by then stays there.
let opener = null // frame of that button, while it is looked for

const focusOpener = () => {
    const buttons = [...document.querySelectorAll("[data-action=view]")]
    const found = buttons.find((one) => one.dataset.frame === opener) ?? buttons[0]
    if (found) opener = null
    found?.focus()
    return Boolean(found)
}

const onRedraw = () => {
    repeatMessage()
    if (opener === null) return
    if (open || document.activeElement !== document.body) opener = null
    else focusOpener()
}

// No key reaches the page behind: its number keys would label the slab.
const onKey = (event) => {
    if (!open) return
    event.stopPropagation()
    const { view } = open
    const typed = event.target.closest?.("input[type=range]")
    const moves = {
        ArrowLeft: [PAN_PX, 0],
        ArrowRight: [-PAN_PX, 0],
        ArrowUp: [0, PAN_PX],
        ArrowDown: [0, -PAN_PX],
    }
    const keys = { "+": () => view.zoomBy(STEP), "=": () => view.zoomBy(STEP), "-": () => view.zoomBy(1 / STEP), 0: view.fit }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const press = event.key.toLowerCase() === "b" ? open.dialog.querySelector(".ml-viewer-press") : null
    const act = press ? () => press.click() : keys[event.key] ?? (moves[event.key] && !typed ? () => view.pan(...moves[event.key]) : null)
    if (!act) return
    event.preventDefault()
    act()
}

addEventListener("keydown", onKey, true)
new MutationObserver(onRedraw).observe(document.body, { childList: true, subtree: true, characterData: true })
addEventListener("popstate", closeQuietly)

export default function ({ data, setTriggerValue }) {
    const { slab } = data
    const tell = () => setTriggerValue("closed", slab.opened)
    if (slab.opened <= closed) {
        tell() // the server has not heard of it yet
        return
    }
    if (open?.opened === slab.opened) return
    closeQuietly()
    build(slab, tell)
}
