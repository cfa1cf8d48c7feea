"""What is wrong with a page as the browser laid it out: text cut off, on other text, or off the screen."""

from typing import Any, Final

SIZES: Final = ((1920, 1080), (1366, 768), (1024, 768), (390, 844))
"""Screens (width, height) that every page has to fit: of a control room, a laptop, a tablet, a phone."""

# A line of text overlaps another if a third of its height does: fonts are taller than their letters.
_PROBLEMS: Final = """() => {
    const found = []
    const wide = document.documentElement.clientWidth
    const main = document.querySelector("[data-testid=stMain]") ?? document.documentElement
    const beyond = main.scrollWidth - main.clientWidth
    if (beyond > 1) found.push(`the page is ${beyond} px too wide`)
    const seen = { visibilityProperty: true, opacityProperty: true }
    const within = (element, test) => {
        for (let one = element; one && one !== main; one = one.parentElement) if (test(one)) return one
        return null
    }
    const fixed = (one) => getComputedStyle(one).position === "fixed"
    const scrolls = (one) => {
        const { overflowX, overflowY } = getComputedStyle(one)
        return [overflowX, overflowY].some((kind) => kind === "auto" || kind === "scroll")
    }
    const cuts = (one) => ["hidden", "clip"].includes(getComputedStyle(one).overflowX)
    // A word that goes on in the next line, though no hyphen or space lets it.
    const broken = (node) => {
        const range = document.createRange()
        for (const { 0: word, index } of node.data.matchAll(/[^\\s-]+/g)) {
            if (word.length > 16 || word.includes("/")) continue // a path has to break somewhere
            range.setStart(node, index)
            range.setEnd(node, index + word.length)
            const boxes = [...range.getClientRects()].filter(({ width }) => width > 1)
            if (boxes.length && boxes.at(-1).top - boxes[0].top > boxes[0].height / 2) return word
        }
    }
    const texts = []
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const node = walker.currentNode
        const element = node.parentElement
        const text = node.data.trim()
        if (!text || !element.checkVisibility(seen)) continue
        if (element.closest(".ml-unseen, style, script, svg, option")) continue
        const range = document.createRange()
        range.selectNodeContents(node)
        for (const box of range.getClientRects())
            if (box.width > 1 && box.height > 1) texts.push({ text, element, box })
        const word = element.closest(".stHtml") && !element.closest("code, pre") && broken(node)
        if (word) found.push(`${JSON.stringify(word)} is broken in two`)
    }
    // Text that runs out of its own card, row or panel, whatever it runs over.
    const beside = ({ element, box }) => {
        const area = element.closest(".stHtml :is(li, button, td, th, section)")?.getBoundingClientRect()
        return area && (box.left < area.left - 2 || box.right > area.right + 2)
    }
    const short = (text) => JSON.stringify(text.slice(0, 40))
    for (const { text, element, box } of texts) {
        const scrolled = within(element, scrolls)
        const off = box.left < -1 || box.right > wide + 1
        if (!scrolled && beside({ element, box })) found.push(`${short(text)} runs out of its place`)
        if (!scrolled && off) found.push(`${short(text)} is off the screen`)
        const cut = within(element, (one) => cuts(one) || scrolls(one))
        if (!cut || scrolls(cut)) continue
        const area = cut.getBoundingClientRect()
        const across = Math.max(area.left - box.left, box.right - area.right)
        const down = Math.max(area.top - box.top, box.bottom - area.bottom)
        if (Math.max(across, down * 2) > box.height / 3) found.push(`${short(text)} is cut off`)
    }
    const apart = (element) => within(element, fixed) || within(element, scrolls)
    const own = texts.filter(({ element }) => element.closest(".stHtml") && !apart(element))
    own.forEach(({ text, element, box }, number) => {
        for (const other of own.slice(number + 1)) {
            if (element.contains(other.element) || other.element.contains(element)) continue
            const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
            const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top)
            if (across > 3 && down > Math.min(box.height, other.box.height) / 3)
                found.push(`${short(text)} and ${short(other.text)} overlap`)
        }
    })
    return [...new Set(found)]
}"""


def layout_problems(tab: Any) -> list[str]:
    """Each problem in words, none if there is none."""
    found: list[str] = tab.evaluate(_PROBLEMS)
    return found


def bottom_of(tab: Any, selector: str) -> float:
    """Where the lowest of these elements ends, in pixels from the top of the page."""
    boxes = [one.bounding_box() for one in tab.locator(selector).all()]
    return max(box["y"] + box["height"] for box in boxes if box is not None)
