// Hears taps and keys on the pages' own buttons, links and pictures, and passes them to the server.
// A tap is sent again until the server has said that it heard it: its number tells a repeat.

let last = Date.now()
let waiting = []

export default function ({ data, setTriggerValue }) {
    document.documentElement.lang = data.language
    waiting = waiting.filter((tap) => tap.number > data.heard)

    const send = (tap) => {
        last = Math.max(last + 1, Date.now())
        waiting = [...waiting, { number: last, ...tap }].slice(-8)
        setTriggerValue("taps", waiting)
    }
    const from = (element) => ({
        act: element.dataset.act,
        frame: element.dataset.frame ?? "",
        value: element.dataset.value ?? "",
    })
    const click = (event) => {
        const element = event.target.closest?.("[data-act]")
        if (!element || element.disabled) return
        if (element.tagName === "A") {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return
            event.preventDefault()
        }
        send(from(element))
    }
    const press = (event) => {
        if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
        if (event.target.closest?.("input, textarea, select, [contenteditable], [role=listbox], [role=combobox]")) return
        const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
        const button = document.querySelector(`button[data-key="${CSS.escape(key)}"]:not([disabled])`)
        if (!button) return
        event.preventDefault()
        button.click()
    }

    let drawing = null
    const share = (value, begin, length) => Math.min(1, Math.max(0, (value - begin) / length))
    const begin = (event) => {
        const picture = event.target.closest?.("[data-marks]")
        if (!picture || event.button) return
        event.preventDefault()
        const box = document.createElement("div")
        box.className = "ml-drawing"
        document.body.append(box)
        drawing = { box, frame: picture.dataset.marks, area: picture.getBoundingClientRect(), x: event.clientX, y: event.clientY }
        draw(event)
    }
    const draw = (event) => {
        if (!drawing) return
        const { box, area, x, y } = drawing
        const xs = [x, event.clientX].map((value) => share(value, area.left, area.width)).sort((a, b) => a - b)
        const ys = [y, event.clientY].map((value) => share(value, area.top, area.height)).sort((a, b) => a - b)
        drawing.region = [xs[0], ys[0], xs[1] - xs[0], ys[1] - ys[0]]
        box.style.left = `${area.left + xs[0] * area.width}px`
        box.style.top = `${area.top + ys[0] * area.height}px`
        box.style.width = `${(xs[1] - xs[0]) * area.width}px`
        box.style.height = `${(ys[1] - ys[0]) * area.height}px`
    }
    const end = (event) => {
        if (!drawing) return
        const { box, frame, region } = drawing
        drawing = null
        box.remove()
        if (event.type === "pointerup" && region[2] > 0.01 && region[3] > 0.01)
            send({ act: "region", frame, value: "", region })
    }

    const heard = { click, keydown: press, pointerdown: begin, pointermove: draw, pointerup: end, pointercancel: end }
    for (const [name, hear] of Object.entries(heard)) document.addEventListener(name, hear)
    if (waiting.length) setTriggerValue("taps", waiting)
    return () => {
        drawing?.box.remove()
        for (const [name, hear] of Object.entries(heard)) document.removeEventListener(name, hear)
    }
}
