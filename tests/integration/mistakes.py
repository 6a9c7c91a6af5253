"""What a person is told: a topic that does not exist, refused credentials, a broker that is not there. weir keeps trying and says what to do."""
import signal
import time

from harness import free_port, kafka, log, require, tail

PIPELINE = """
connections:
  broker: {{ kafka: {{ brokers: "127.0.0.1:{port}"{more} }} }}
pipelines:
  p:
    source: {{ kafka: {{ connection: broker, topics: [{topic}], group: mistakes-{name} }} }}
    stages:
      - decode: {{}}
      - persist: {{}}
      - ack: {{}}
    sinks:
      out: {{ drop: {{}} }}
      dlq: {{ file: {{ path: dead.jsonl }} }}
"""


def start(lane, name, port, topic, more="", *arguments):
    path = lane.folder / f"{name}.yaml"
    path.write_text(PIPELINE.format(port=port, topic=topic, name=name, more=more))
    return lane.start(name, [lane.weir, "run", path, "--data-dir", lane.folder / f"data-{name}", "--log-format", "json", *arguments])


def told(process, *texts, patience=60):
    """Waits until every text was logged; then the pipeline must still be there, and drain in good order."""
    deadline = time.monotonic() + patience
    while not all(text in process.log.read_text(errors="replace") for text in texts):
        require(process.poll() is None, f"weir gave up with exit code {process.returncode}; {tail(process.log)}")
        require(time.monotonic() < deadline, f"weir did not say {texts} within {patience} s; {tail(process.log)}")
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    require(process.wait(40) == 0, f"exit code {process.returncode} after SIGTERM; {tail(process.log)}")


def run(lane):
    port = lane.start_kafka({"orders": 2})
    told(start(lane, "no-topic", port, "oders"), "oders", "does not exist", "weir topics create oders")
    log("a topic that does not exist: named, with what to do")

    def sasl(password):
        return f', sasl: {{ mechanism: PLAIN, username: {kafka.SASL_USER}, password: "{password}" }}'

    refused = start(lane, "refused", kafka.sasl_port(port), "orders", sasl("a-wrong-secret"))
    told(refused, "refused the credentials")
    require("a-wrong-secret" not in refused.log.read_text(errors="replace"), f"the password stands in {refused.log}")
    log("refused credentials: said so, and the password is not shown")

    accepted = start(lane, "accepted", kafka.sasl_port(port), "orders", sasl(kafka.SASL_PASSWORD), "--until-idle", "1s")
    require(accepted.wait(60) == 0, f"exit code {accepted.returncode} with good credentials; {tail(accepted.log)}")
    log("good credentials: accepted")

    away = free_port()
    told(start(lane, "away", away, "orders"), f"127.0.0.1:{away}", "weir keeps trying")
    log("a broker that is not there: its address, and that weir keeps trying")
