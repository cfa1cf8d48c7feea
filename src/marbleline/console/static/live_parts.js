// The parts of the page that change by themselves: <div data-part="NAME">. The server sends their markup by the
// websocket "_live" as changes, and only those elements are touched that changed: focus and scroll stay.

const RECONNECT_MS = 1000

let content = new Map() // digest -> markup or address of a picture, as long as a part refers to it
let parts = new Map() // part -> { chunks, texts }
let stream = null // { secret, socket }

const openStream = (secret) => {
    if (!secret || stream?.secret === secret) return
    stream?.socket.close()
    stream = { secret }
    connect(stream)
}

const connect = (own) => {
    if (own !== stream) return
    const address = new URL("_live", location.href) // beside the page, also behind a proxy with a prefix
    address.protocol = address.protocol.replace("http", "ws")
    address.search = address.hash = ""
    own.socket = new WebSocket(address)
    own.socket.onopen = () => {
        content = new Map()
        parts = new Map()
        own.socket.send(own.secret)
    }
    own.socket.onmessage = (message) => own === stream && receive(JSON.parse(message.data))
    own.socket.onclose = () => setTimeout(connect, RECONNECT_MS, own)
}

const PICTURES = / data-picture="([0-9a-f]+)"/g

const receive = ({ chunks, texts, new: added }) => {
    for (const [digest, text] of Object.entries(added)) content.set(digest, text)
    for (const [name, list] of Object.entries(texts))
        parts.set(name, { chunks: chunks[name] ?? parts.get(name).chunks, texts: list })
    for (const name of Object.keys(texts)) name in chunks ? drawPart(name) : drawTexts(name)
    forget()
    restartDelay()
}

const forget = () => {
    const used = new Set()
    for (const { chunks } of parts.values())
        for (const chunk of chunks) {
            used.add(chunk)
            for (const [, picture] of content.get(chunk).matchAll(PICTURES)) used.add(picture)
        }
    for (const digest of content.keys()) used.has(digest) || content.delete(digest)
}

const placeOf = (name) => document.querySelector(`.stHtml [data-part="${name}"]`)
const texted = (root) => root.querySelectorAll("[data-ticks]")

const drawPart = (name) => {
    const place = placeOf(name)
    if (!place) return
    const { chunks, texts } = parts.get(name)
    const fresh = document.createElement("template")
    fresh.innerHTML = chunks.map((chunk) => content.get(chunk)).join("")
    for (const image of fresh.content.querySelectorAll("[data-picture]")) image.src = content.get(image.dataset.picture)
    texted(fresh.content).forEach((element, number) => (element.innerHTML = texts[number]))
    changeChildren(place, fresh.content)
    place.dataset.drawn = "true"
}

const drawTexts = (name) => {
    const { texts } = parts.get(name)
    const place = placeOf(name)
    if (!place) return
    texted(place).forEach((element, number) => {
        if (element.innerHTML !== texts[number]) element.innerHTML = texts[number]
    })
}

// Streamlit puts an empty place on the page; what is known already is drawn at once.
const drawNewPlaces = () => {
    for (const name of parts.keys()) {
        const place = placeOf(name)
        if (place && !place.dataset.drawn) drawPart(name)
    }
}

// An element that stands for another slab or camera is another element: a tap or key never reaches it by chance.
const IDENTITY = ["frame", "item", "camera", "page", "action", "value"]
const identity = ({ nodeName, dataset }) => [nodeName, ...IDENTITY.map((key) => dataset?.[key])].join("\n")
const named = ({ dataset }) => ["frame", "item", "camera"].some((key) => dataset && key in dataset)

const changeChildren = (old, fresh) => {
    const wanted = [...fresh.childNodes]
    const left = new Map() // identity -> how many are still wanted
    for (const one of wanted) left.set(identity(one), (left.get(identity(one)) ?? 0) + 1)
    const known = new Map([...old.children].filter(named).map((one) => [identity(one), one]))
    let at = old.firstChild
    for (const one of wanted) {
        const name = identity(one)
        while (at && !left.get(identity(at))) at = removed(at)
        const same = at && identity(at) === name ? at : known.get(name)
        left.set(name, left.get(name) - 1)
        if (!same) old.insertBefore(one, at)
        else {
            if (same !== at) old.insertBefore(same, at)
            if (known.get(name) === same) known.delete(name)
            changeNode(same, one)
            at = same.nextSibling
        }
    }
    while (at) at = removed(at)
}

const removed = (node) => {
    const next = node.nextSibling
    node.remove()
    return next
}

const changeNode = (old, wanted) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
        if (old.data !== wanted.data) old.data = wanted.data
        return
    }
    for (const { name } of [...old.attributes]) wanted.hasAttribute(name) || old.removeAttribute(name)
    for (const { name, value } of wanted.attributes) old.getAttribute(name) === value || old.setAttribute(name, value)
    changeChildren(old, wanted)
}

// The overlay for a screen that is no longer updated waits anew with each message.
const restartDelay = () => {
    for (const overlay of document.querySelectorAll(".ml-frozen")) overlay.replaceWith(overlay.cloneNode(true))
}

new MutationObserver(drawNewPlaces).observe(document.body, { childList: true, subtree: true })
