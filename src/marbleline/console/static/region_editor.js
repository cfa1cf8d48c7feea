// Draws a camera's region and masks on its picture. All of it happens in the browser: the server is told when a change
// is complete (a shape closed, a corner let go, something deleted or undone), never while the pointer moves.

const NEAR_PX = 16 // so near to its first point a click closes a shape
const DRAG_PX = 6 // a pointer that moved less has clicked
const STEP = 0.005 // of the picture, by which an arrow key moves a corner
const LEAST = 0.01 // of the picture: a rectangle that is smaller was a slip
const MOST = 50 // corners of a shape
const RESEND_MS = 3000 // so long after a change that the server has not taken it is told again
const SVG = "http://www.w3.org/2000/svg"
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }

let editor = null // of the camera that is shown; Streamlit's redraws leave it as it is

const make = (tag, className, text = "") => {
    const made = document.createElement(tag)
    if (className) made.className = className
    if (text) made.textContent = text
    return made
}

// Two points are a rectangle's opposite corners, as in the setting.
const corners = (shape) => {
    if (shape.length !== 2) return shape
    const [[left, top], [right, bottom]] = shape
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
}

const rounded = (value) => Number(Math.min(1, Math.max(0, value)).toFixed(4))
const shapeText = (shape) => shape.map((point) => point.map(rounded).join(",")).join(" ")
const texts = ({ region, masks }) => ({ region: shapeText(region), masks: masks.map(shapeText).join("; ") })

const parse = (text) =>
    text
        .split(";")
        .map((part) => part.trim().split(/\s+/).map((point) => point.split(",").map(Number)))
        .filter((shape) => shape.length > 1 && shape.every((point) => point.length === 2 && point.every((at) => at >= 0 && at <= 1)))

const parsed = ({ region, masks }) => ({ region: parse(region)[0] ?? [], masks: parse(masks) })
const same = (one, other) => JSON.stringify(texts(one)) === JSON.stringify(texts(other))

// A shape is named by its number: -1 is the region, others are masks.
const shapeOf = (drawn, name) => (name < 0 ? drawn.region : drawn.masks[name])
const withShape = ({ region, masks }, name, shape) =>
    name < 0
        ? { region: shape ?? [], masks }
        : { region, masks: masks.flatMap((one, place) => (place !== name ? [one] : shape ? [shape] : [])) }

const movedCorner = (shape, place, to) => {
    if (shape.length === 2) return [corners(shape)[(place + 2) % 4], to]
    return shape.map((point, number) => (number === place ? to : point))
}

const withoutCorner = (shape, place) => (shape.length <= 3 ? null : shape.filter((_, number) => number !== place))

const path = (points, closed) =>
    points.length ? `M${points.map((point) => point.join(" ")).join("L")}${closed ? "Z" : ""}` : ""

const build = (parent, data) => {
    const made = {
        camera: data.camera, words: data.texts, drawn: parsed(data), history: [], draft: [], chosen: null,
        tool: "region", down: false, sent: 0, sentAt: 0, tell: () => {}, root: make("div", "stHtml ml-editor"),
    }
    const tools = make("div", "ml-moves")
    tools.setAttribute("role", "toolbar")
    tools.setAttribute("aria-label", data.texts.tools)
    const button = (name, act) => {
        const one = make("button", "ml-plain", data.texts[name])
        one.type = "button"
        one.dataset.tool = name
        one.addEventListener("click", () => {
            act()
            draw(made)
        })
        tools.append(one)
        return one
    }
    const choose = (tool) => () => {
        made.tool = tool
        made.draft = []
    }
    made.buttons = {
        region: button("region", choose("region")),
        mask: button("mask", choose("mask")),
        undo: button("undo", () => undo(made)),
        point: button("point", () => deletePoint(made)),
        shape: button("shape", () => deleteShape(made)),
    }
    made.hint = make("p", "ml-dim")
    made.hint.setAttribute("role", "status")
    const figure = make("figure", "ml-picture is-setup")
    figure.dataset.setup = data.camera
    made.frame = make("div", "ml-frame")
    made.frame.tabIndex = 0
    made.frame.setAttribute("role", "group")
    made.frame.setAttribute("aria-label", data.texts.stage)
    made.picture = make("img", "ml-slab")
    made.picture.draggable = false
    made.svg = document.createElementNS(SVG, "svg")
    made.svg.setAttribute("viewBox", "0 0 1 1")
    made.svg.setAttribute("preserveAspectRatio", "none")
    made.svg.setAttribute("class", "ml-slab")
    made.svg.setAttribute("aria-hidden", "true")
    made.points = make("div", "ml-editor-points")
    made.frame.append(made.picture, made.svg, made.points)
    figure.append(made.frame)
    made.root.append(tools, made.hint, figure)
    made.root.addEventListener("keydown", (event) => onKey(made, event))
    listenToPointer(made)
    parent.replaceChildren(made.root)
    return made
}

const commit = (made, drawn, before = made.drawn) => {
    made.history = [...made.history, before].slice(-MOST)
    made.drawn = drawn
    send(made)
}

const send = (made) => {
    made.sent = Math.max(made.sent + 1, Date.now())
    tellServer(made)
}

const tellServer = (made) => {
    made.sentAt = Date.now()
    made.tell({ number: made.sent, camera: made.camera, ...texts(made.drawn) })
}

const undo = (made) => {
    if (made.draft.length) {
        made.draft = made.draft.slice(0, -1)
        return
    }
    const before = made.history.pop()
    if (!before) return
    made.drawn = before
    made.chosen = null
    send(made)
}

const deletePoint = (made) => {
    if (!made.chosen) return
    const { shape, place } = made.chosen
    const left = withoutCorner(shapeOf(made.drawn, shape), place)
    commit(made, withShape(made.drawn, shape, left))
    made.chosen = left && { shape, place: Math.min(place, left.length - 1) }
}

const deleteShape = (made) => {
    if (!made.chosen) return
    commit(made, withShape(made.drawn, made.chosen.shape, null))
    made.chosen = null
}

const addShape = (made, shape) => {
    made.draft = []
    const region = made.tool === "region"
    made.chosen = { shape: region ? -1 : made.drawn.masks.length, place: 0 }
    const masks = region ? made.drawn.masks : [...made.drawn.masks, shape]
    commit(made, { region: region ? shape : made.drawn.region, masks })
}

const close = (made) => {
    if (made.draft.length > 2) addShape(made, made.draft)
}

const click = (made, at) => {
    const { draft } = made
    const near = (point) => {
        const { width, height } = made.frame.getBoundingClientRect()
        return Math.hypot((point[0] - at[0]) * width, (point[1] - at[1]) * height)
    }
    if (draft.length && near(draft.at(-1)) < DRAG_PX) return // the second half of a double click
    if (draft.length > 2 && near(draft[0]) < NEAR_PX) close(made)
    else if (draft.length < MOST) made.draft = [...draft, at]
}

const listenToPointer = (made) => {
    const { frame } = made
    let down = null // { x, y, at, before, shape, place }: where the pointer went down, and on which corner
    const place = (event) => {
        const { left, top, width, height } = frame.getBoundingClientRect()
        return [rounded((event.clientX - left) / width), rounded((event.clientY - top) / height)]
    }
    const moved = (event) => Math.hypot(event.clientX - down.x, event.clientY - down.y) >= DRAG_PX
    frame.addEventListener("pointerdown", (event) => {
        if (event.button || !event.isPrimary) return
        event.preventDefault()
        frame.setPointerCapture(event.pointerId)
        made.down = true
        down = { x: event.clientX, y: event.clientY, at: place(event), before: made.drawn, grabbed: null }
        const handle = made.draft.length ? null : event.target.closest("[data-place]")
        if (!handle) {
            frame.focus({ preventScroll: true })
            return
        }
        const grabbed = { shape: Number(handle.dataset.shape), place: Number(handle.dataset.place) }
        down.grabbed = made.chosen = grabbed
        down.between = "between" in handle.dataset
        draw(made, true)
    })
    frame.addEventListener("pointermove", (event) => {
        if (!down) {
            if (made.draft.length) drawShapes(made, place(event))
            return
        }
        if (down.grabbed && (down.began || moved(event))) {
            const { shape, place: corner } = down.grabbed
            if (down.between && !down.began) {
                const points = corners(shapeOf(down.before, shape))
                down.grabbed = made.chosen = { shape, place: corner + 1 }
                made.drawn = withShape(made.drawn, shape, points.toSpliced(corner + 1, 0, down.at))
            }
            // A rectangle's corners are those that it had when the pointer went down.
            const from = down.between ? shapeOf(made.drawn, shape) : shapeOf(down.before, shape)
            down.began = true
            made.drawn = withShape(made.drawn, shape, movedCorner(from, down.grabbed.place, place(event)))
            draw(made, true)
        } else if (!down.grabbed && !made.draft.length && moved(event)) {
            drawShapes(made, null, corners([down.at, place(event)]))
        } else if (made.draft.length) drawShapes(made, place(event))
    })
    const end = (event) => {
        if (!down) return
        const { grabbed, began, before, at } = down
        const far = moved(event)
        const cancelled = event.type !== "pointerup"
        down = null
        made.down = false
        if (cancelled) made.drawn = before
        else if (grabbed) {
            if (began) {
                const drawn = made.drawn
                const rectangle = shapeOf(drawn, grabbed.shape).length === 2
                commit(made, drawn, before)
                if (rectangle) made.chosen = { shape: grabbed.shape, place: 2 }
            }
        } else if (far && !made.draft.length) {
            const to = place(event)
            const large = Math.abs(to[0] - at[0]) > LEAST && Math.abs(to[1] - at[1]) > LEAST
            if (large) addShape(made, [[Math.min(at[0], to[0]), Math.min(at[1], to[1])], [Math.max(at[0], to[0]), Math.max(at[1], to[1])]])
        } else click(made, place(event))
        draw(made, Boolean(grabbed))
    }
    frame.addEventListener("pointerup", end)
    frame.addEventListener("pointercancel", end)
    frame.addEventListener("dblclick", () => {
        close(made)
        draw(made)
    })
}

const onKey = (made, event) => {
    const handle = event.target.closest("[data-place]")
    const chosen = handle && { shape: Number(handle.dataset.shape), place: Number(handle.dataset.place) }
    const act = () => {
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return () => undo(made)
        if (event.ctrlKey || event.metaKey || event.altKey) return null
        if (event.key === "Escape" && made.draft.length) return () => (made.draft = [])
        if (event.key === "Enter" && made.draft.length > 2 && event.target === made.frame) return () => close(made)
        if (!chosen) return null
        if (event.key === "Delete" || event.key === "Backspace") return () => deletePoint(made)
        const step = ARROWS[event.key]
        if (!step) return null
        return () => {
            const shape = shapeOf(made.drawn, chosen.shape)
            const [x, y] = corners(shape)[chosen.place]
            const moved = movedCorner(shape, chosen.place, [rounded(x + step[0]), rounded(y + step[1])])
            commit(made, withShape(made.drawn, chosen.shape, moved))
            // Of a rectangle the moved corner is the second of its two, the third in turn.
            if (shape.length === 2) made.chosen = { shape: chosen.shape, place: 2 }
        }
    }
    const todo = act()
    if (!todo) return
    event.preventDefault()
    event.stopPropagation()
    if (chosen) made.chosen = chosen
    todo()
    draw(made, Boolean(chosen))
}

// ``focus``: the chosen corner gets the keyboard focus.
const draw = (made, focus = false) => {
    drawShapes(made)
    const { buttons, chosen, draft, words } = made
    for (const tool of ["region", "mask"]) buttons[tool].setAttribute("aria-pressed", String(made.tool === tool))
    buttons.undo.disabled = !made.history.length && !draft.length
    buttons.point.disabled = buttons.shape.disabled = !chosen
    const hint = words[draft.length ? "hint.draft" : "hint"]
    if (made.hint.textContent !== hint) made.hint.textContent = hint
    const focused = focus || made.points.contains(document.activeElement)
    const all = [[-1, made.drawn.region], ...made.drawn.masks.map((mask, number) => [number, mask])]
    made.points.replaceChildren(
        ...(draft.length
            ? draft.map((at, number) => dot(at, number ? "ml-editor-dot" : "ml-editor-dot is-first"))
            : all.flatMap(([name, shape]) => [...between(name, shape), ...handles(made, name, shape)])),
    )
    if (focused && chosen) handleOf(made, chosen)?.focus({ preventScroll: true })
}

const handleOf = (made, { shape, place }) =>
    made.points.querySelector(`.ml-editor-point[data-shape="${shape}"][data-place="${place}"]`)

const put = (element, [x, y]) => {
    element.style.left = `${x * 100}%`
    element.style.top = `${y * 100}%`
    return element
}

const dot = (at, className) => put(make("span", className), at)

const handles = (made, name, shape) =>
    corners(shape).map((at, place) => {
        const one = put(make("button", "ml-editor-point"), at)
        one.type = "button"
        Object.assign(one.dataset, { shape: name, place })
        const word = name < 0 ? made.words.region : `${made.words.mask} ${name + 1}`
        one.setAttribute("aria-label", made.words.corner.replace("{shape}", word).replace("{number}", place + 1))
        if (made.chosen?.shape === name && made.chosen.place === place) one.classList.add("is-chosen")
        return one
    })

// What is dragged to give a side another corner; for the pointer alone.
const between = (name, shape) => {
    const points = corners(shape)
    if (points.length >= MOST) return []
    return points.map(([x, y], place) => {
        const [nextX, nextY] = points[(place + 1) % points.length]
        const one = put(make("span", "ml-editor-between"), [(x + nextX) / 2, (y + nextY) / 2])
        Object.assign(one.dataset, { shape: name, place, between: "" })
        return one
    })
}

const drawShapes = (made, pointer = null, rectangle = null) => {
    const { region, masks } = made.drawn
    const outline = path(corners(region), true)
    const left = masks.map((mask) => path(corners(mask), true)).join("")
    const draft = rectangle ? path(rectangle, true) : path(pointer ? [...made.draft, pointer] : made.draft, false)
    const paths = [
        ["is-dark", outline ? `M0 0H1V1H0Z${outline}` : ""],
        ["is-dark", left],
        ["is-line", outline + left],
        ["is-line is-draft", draft],
    ]
    made.svg.replaceChildren(
        ...paths.map(([name, d]) => {
            const one = document.createElementNS(SVG, "path")
            one.setAttribute("class", name)
            one.setAttribute("d", d)
            return one
        }),
    )
}

export default function ({ data, setTriggerValue, parentElement }) {
    if (editor?.camera !== data.camera || !parentElement.contains(editor.root)) {
        if (editor?.camera === data.camera) parentElement.replaceChildren(editor.root)
        else editor = build(parentElement, data)
    }
    const made = editor
    made.tell = (drawn) => setTriggerValue("drawn", drawn)
    if (made.picture.src !== data.picture) made.picture.src = data.picture
    made.picture.alt = data.alt
    made.frame.style.setProperty("--ar", data.aspect)
    const answered = data.number >= made.sent && !made.down
    const theirs = parsed(data)
    if (answered && !same(theirs, made.drawn)) {
        made.history = [...made.history, made.drawn].slice(-MOST)
        made.drawn = theirs
        made.chosen = null
    } else if (data.number < made.sent && Date.now() - made.sentAt > RESEND_MS) tellServer(made)
    draw(made)
}
