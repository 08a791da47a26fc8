#!/usr/bin/env bash
# Apache Kafka on one node (KRaft), from Maven's artefacts: needs Java 17 or newer, and Maven for the first fetch.
#
#   kafka.sh up       fetch what is missing, start in the background, return when it answers
#   kafka.sh stop     end it, gracefully
#   kafka.sh run      start in the foreground, in place of this process
#   kafka.sh fetch    only fetch the jars
#
# KAFKA_LIBS (jars, default .kafka/libs in the checkout), KAFKA_DATA (default .kafka/data), KAFKA_PORT (9092),
# KAFKA_CONTROLLER_PORT (the next), KAFKA_HEAP (512m), JAVA (java)
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
checkout="$(cd "$here/../.." && pwd)"
libs="${KAFKA_LIBS:-$checkout/.kafka/libs}"
data="${KAFKA_DATA:-$checkout/.kafka/data}"
port="${KAFKA_PORT:-9092}"
controller_port="${KAFKA_CONTROLLER_PORT:-$((port + 1))}"
heap="${KAFKA_HEAP:-512m}"
java="${JAVA:-java}"
conf="$data/server.properties" pidfile="$data/kafka.pid" log="$data/kafka.log"
logging="-Dlog4j2.configurationFile=$here/log4j2.properties"

need() {
  command -v "$1" >/dev/null || { echo "Apache Kafka needs $1: install $2, or set AMENDS_KAFKA to a broker of yours" >&2; exit 1; }
}

fetched() { [[ "$(cat "$libs/.fetched" 2>/dev/null)" == "$(cksum <"$here/pom.xml")" ]]; }

fetch() { # into a folder that gets its name last, so a fetch that was cut off is done again; one at a time
  fetched && return
  need mvn Maven
  mkdir -p "$(dirname "$libs")"
  exec 9>"$libs.lock"
  if command -v flock >/dev/null; then flock 9; fi
  fetched && return
  echo "fetching Apache Kafka (once) …" >&2
  rm -rf "$libs" "$libs.part"
  mvn -q -B -ntp -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$libs.part" >&2
  cksum <"$here/pom.xml" >"$libs.part/.fetched"
  mv "$libs.part" "$libs"
  exec 9>&-
}

format() { # a folder of data belongs to one broker; what is there stays
  mkdir -p "$data"
  local listeners="PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port"
  {
    cat "$here/server.properties"
    printf '%s\n' "listeners=$listeners" "advertised.listeners=$listeners" "log.dirs=$data/log" \
      "controller.quorum.bootstrap.servers=127.0.0.1:$controller_port"
  } >"$conf"
  [[ -f "$data/log/meta.properties" ]] && return
  "$java" -XX:TieredStopAtLevel=1 "$logging" -cp "$libs/*" kafka.tools.StorageTool \
    format --standalone --ignore-formatted -c "$conf" -t AmendsAmendsAmendsAmen >>"$log" 2>&1
}

run() {
  need "$java" "a Java runtime, 17 or newer"
  fetch
  format
  # A broker that lives for minutes never earns back what the second compiler costs: half of its CPU. The collector is the
  # one that Kafka's own script asks for: whoever waits for a record waits for each of its pauses.
  exec "$java" "-Xms$heap" "-Xmx$heap" -XX:TieredStopAtLevel=1 -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
    -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true "$logging" -cp "$libs/*" kafka.Kafka "$conf"
}

running() { [[ -s "$pidfile" ]] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }

up() {
  need "$java" "a Java runtime, 17 or newer"
  fetch
  if ! running; then
    mkdir -p "$data"
    "$(command -v setsid || command -v nohup)" "${BASH_SOURCE[0]}" run >>"$log" 2>&1 </dev/null &
    echo $! >"$pidfile"
  fi
  for _ in $(seq 600); do
    running || { tail -20 "$log" >&2; rm -f "$pidfile"; exit 1; }
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then # opened when it takes clients, not before
      echo "Apache Kafka answers on 127.0.0.1:$port" >&2
      return
    fi
    sleep 0.1
  done
  echo "Apache Kafka does not answer; see $log" >&2
  exit 1
}

stop() {
  running || { rm -f "$pidfile"; return; }
  local pid; pid="$(cat "$pidfile")"
  kill -TERM "$pid"
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || { rm -f "$pidfile"; return; }
    sleep 0.1
  done
  kill -KILL "$pid"
  rm -f "$pidfile"
}

case "${1:-}" in
  up | stop | run | fetch) "$1" ;;
  *) sed -n '2,/^set/{/^#/p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
