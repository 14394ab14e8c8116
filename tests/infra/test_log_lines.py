from infra.logs import hide_secrets


def test_a_log_line_holds_no_password() -> None:
    line = hide_secrets(
        None, "info", {"event": "no answer from postgresql://shop:abracadabra@db/shop", "kafka_password": "x", "n": 1}
    )

    assert line == {"event": "no answer from postgresql://shop:…@db/shop", "kafka_password": "…", "n": 1}
