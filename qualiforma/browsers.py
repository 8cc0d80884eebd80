"""Security headers and CORS. Read by the settings."""

# Nothing inline and nothing from another host; what needs more says so with django-csp's decorators.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Swagger UI's icons stand in its style sheet
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# Added under `/admin/` alone, each measured as needed by unfold: Alpine compiles the expressions
# in its templates, and binds widths as style attributes. Neither lets an inline script, a style
# element or another host in.
STAFF_POLICY = {
    "script-src": ["'unsafe-eval'"],
    "style-src-attr": ["'unsafe-inline'"],
}

# Devices and identities that no page of ours asks for. Only names that browsers know: they
# complain of others.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media"),
        *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
        *("microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock"),
        *("serial", "usb", "xr-spatial-tracking"),
    )
}

# At logout: nothing of the person's stays in the browser. Heeded over https and on this machine alone.
CLEARED_AT_LOGOUT = {"Clear-Site-Data": '"cache", "cookies", "storage"'}

CORS_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CORS_REQUEST_HEADERS = [
    *("accept-language", "authorization", "content-type", "idempotency-key", "if-match"),
    *("sessionid", "x-request-id", "x-tenant-id"),
]
# Without these a page could not read them.
CORS_RESPONSE_HEADERS = [
    *("ETag", "X-Request-ID", "Retry-After"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
]
