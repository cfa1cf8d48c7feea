"""A button of our own: the event listener hears it, and says what it stands for."""

from marbleline.console.components.markup import Html, el


def button(
    text: str | Html,
    action: str,
    value: str = "",
    *,
    frame: str = "",
    key: str = "",
    sign: str = "",
    pressed: bool | None = None,
    disabled: bool = False,
    primary: bool = False,
) -> Html:
    """``key`` presses it, shown as ``sign`` if that is given; ``pressed`` None: it is no switch."""
    return el(
        "button",
        text,
        el("kbd", sign or key.upper()) if key else "",
        type="button",
        class_="ml-plain is-primary" if primary else "ml-plain",
        aria_pressed=None if pressed is None else "true" if pressed else "false",
        aria_keyshortcuts=key or None,
        disabled=disabled,
        data_action=action,
        data_value=value,
        data_frame=frame,
        data_key=key or None,
    )
