//! The routes that need no key.

/// Whether a path needs no key: health checks, the pages, and the description of the API.
pub(crate) fn is_public(path: &str) -> bool {
    matches!(path, "/" | "/docs" | "/redoc" | "/openapi.json" | "/favicon.ico")
        || path.starts_with("/web/")
        || is_probe(path)
}

/// Whether the path is a health check.
pub(super) fn is_probe(path: &str) -> bool {
    path == "/health" || path.starts_with("/health/")
}
