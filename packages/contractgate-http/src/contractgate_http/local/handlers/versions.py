"""Versions: from draft to stable to deprecated, and never back.

Source: docs/spec/gateway-http.md, sections 5.3 and 6.24.
"""

from __future__ import annotations

import hashlib

from contractgate_core.models import Timestamp, VersionProbe, VersionResponse, VersionSummary
from contractgate_core.models.words import ImportSource, VersionState
from contractgate_http.local.bodies import BodyShape, text
from contractgate_http.local.context import Context
from contractgate_http.local.message import Response, empty_response, json_response
from contractgate_http.local.refusals import (
    invalid_transition,
    review_required,
    version_conflict,
    version_immutable,
)
from contractgate_http.local.rules.lookup import (
    check_storable,
    find_contract,
    find_version,
    read_contract,
    resolve,
)
from contractgate_http.local.rules.versions import new_draft, version_response
from contractgate_http.local.store.rows import VersionRow
from contractgate_http.local.times import optional_time, timestamp

__all__ = [
    "approve_import",
    "create_version",
    "delete_version",
    "deprecate_version",
    "get_version",
    "latest_stable",
    "list_versions",
    "patch_version",
    "probe_version",
    "promote_version",
]

_CREATE = BodyShape(
    "CreateVersionRequest", "version", "yaml_content", version=text, yaml_content=text
)
_PATCH = BodyShape("PatchVersionRequest", "yaml_content", yaml_content=text)


def list_versions(context: Context) -> Response:
    """List all versions, newest first."""
    contract = find_contract(context, context.uuid("id"))
    return json_response([_summary(row) for row in context.store.contracts.versions(contract.id)])


def create_version(context: Context) -> Response:
    """Add a draft."""
    contract_id = context.uuid("id")
    body = context.json(_CREATE)
    read_contract(context, body["yaml_content"])
    contract = find_contract(context, contract_id)
    version = body["version"]
    check_storable(version)
    if context.store.contracts.version(contract.id, version) is not None:
        raise version_conflict(contract.id, version)
    draft = new_draft(context, contract.id, version, body["yaml_content"])
    context.store.contracts.add_version(draft)
    return json_response(version_response(context, draft), 201)


def latest_stable(context: Context) -> Response:
    """Read the stable version that was promoted last."""
    contract = find_contract(context, context.uuid("id"))
    return json_response(version_response(context, resolve(context, contract, None)))


def probe_version(context: Context) -> Response:
    """Name the latest stable version, with a digest of its text."""
    contract = find_contract(context, context.uuid("contract_id"))
    stable = resolve(context, contract, None)
    digest = hashlib.sha256(stable.yaml.encode()).hexdigest()
    return json_response(VersionProbe(version=stable.version, hash=digest))


def get_version(context: Context) -> Response:
    """Read a version."""
    return json_response(version_response(context, _asked(context)))


def patch_version(context: Context) -> Response:
    """Replace the text of a draft."""
    contract_id = context.uuid("id")
    yaml = context.json(_PATCH)["yaml_content"]
    read_contract(context, yaml)
    version = _draft(find_version(context, contract_id, context.params["version"]))
    return json_response(_changed(context, version, yaml=yaml))


def delete_version(context: Context) -> Response:
    """Remove a draft."""
    context.store.contracts.remove_version(_draft(_asked(context)).id)
    return empty_response(204)


def promote_version(context: Context) -> Response:
    """Make a draft stable, without compiling it."""
    version = _asked(context)
    if version.state != "draft":
        raise invalid_transition(version.version, version.state, "stable")
    if version.requires_review:
        raise review_required(version.contract_id, version.version)
    return json_response(_changed(context, version, state="stable", promoted_at=context.now))


def deprecate_version(context: Context) -> Response:
    """Deprecate a stable version."""
    version = _asked(context)
    if version.state != "stable":
        raise invalid_transition(version.version, version.state, "deprecated")
    changed = _changed(context, version, state="deprecated", deprecated_at=context.now)
    return json_response(changed)


def approve_import(context: Context) -> Response:
    """Record that an imported draft has been reviewed."""
    return json_response(_changed(context, _draft(_asked(context)), requires_review=0))


def _asked(context: Context) -> VersionRow:
    return find_version(context, context.uuid("id"), context.params["version"])


def _draft(version: VersionRow) -> VersionRow:
    if version.state != "draft":
        raise version_immutable(version.version, version.state)
    return version


def _changed(context: Context, version: VersionRow, **columns: object) -> VersionResponse:
    context.store.contracts.update_version(version.id, **columns)
    return version_response(context, version._replace(**columns))  # type: ignore[arg-type]


def _summary(version: VersionRow) -> VersionSummary:
    created: Timestamp = timestamp(version.created_at)
    return VersionSummary(
        version=version.version,
        state=VersionState(version.state),
        created_at=created,
        promoted_at=optional_time(version.promoted_at),
        deprecated_at=optional_time(version.deprecated_at),
        import_source=ImportSource(version.import_source),
        requires_review=bool(version.requires_review),
    )
