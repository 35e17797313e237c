"""Names of variables: what Render takes, and which ones build tools put where everybody can read them."""

from __future__ import annotations

KEY_PATTERN = r"^(?!RENDER(?:_|$))(?!\.{1,2}$)[A-Za-z_.-][A-Za-z0-9_.-]*$"
"""One pattern for editors and for us, from Render's own message. An HTTP client that normalises
`DELETE …/env-vars/..` would delete the service, so that empty, `.` and `..` can be no name at all."""

PUBLIC_PREFIXES = (
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "NUXT_PUBLIC_",
    "GATSBY_",
    "PUBLIC_",
    "EXPO_PUBLIC_",
    "VUE_APP_",
    "NG_APP_",
    "STORYBOOK_",
)
"""What frameworks put into a build; a change of such a variable does nothing until the next one."""
