"""What clients are told in the place of Strawberry's words, which do not say what to do."""

from graphql_api.incoming import MOST_LEVELS

NO_OPERATION = "Can't get GraphQL operation type"

SAID = {
    "Unable to parse request body as JSON": (
        f"the JSON cannot be read; send UTF-8, at most {MOST_LEVELS} levels, no NaN and no endless number"
    ),
    "Batching is not enabled": "a request holds one question; send each by itself",
    "Unsupported content type": "send the question as JSON, with the header `content-type: application/json`",
    "GraphQL only supports GET and POST requests.": "ask with POST, or with GET where nothing is changed",
    NO_OPERATION: "the document holds no operation; write one, such as { stores { nodes { id } } }",
}


def said(reason: str) -> str:
    """Return what is told for what Strawberry would say."""
    return SAID.get(reason, reason)
