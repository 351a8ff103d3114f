#!/bin/sh
# The worker of order-fulfilment.asl.json: one JSON line per task comes in, one JSON line per answer goes out.
# It needs nothing but a POSIX shell, so it looks at the lines as text; a real worker would read JSON.
#
#   in:  {"id":"1","activity":"charge-card","input":{…}}
#   out: {"id":"1","output":{…}}   or   {"id":"1","error":"…","cause":"…"}

network_was_down=no
parcels=0

while IFS= read -r task; do
    # The raw JSON value of `id` goes back as it came.
    id=${task#*'"id"'}
    id=${id#*:}
    id=${id%%,*}
    activity=${task#*'"activity"'}
    activity=${activity#*'"'}
    activity=${activity%%'"'*}

    case $activity in
        *check-fraud)
            answer='"output":{"risk":62}'
            ;;
        *reserve-item)
            case $task in
                *unicorn*) answer='"error":"OutOfStock","cause":"there are no unicorns left"' ;;
                *) answer='"output":{"shelf":"B7","held":true}' ;;
            esac
            ;;
        *charge-card)
            # The first call of all meets a broken network: watch the retry.
            if [ "$network_was_down" = no ]; then
                network_was_down=yes
                answer='"error":"CardNetworkDown","cause":"the card network did not answer"'
            else
                case $task in
                    *declined*) answer='"error":"CardDeclined","cause":"the bank said no"' ;;
                    *) answer='"output":{"receipt":"R-2210","captured":true}' ;;
                esac
            fi
            ;;
        *ship-parcel)
            parcels=$((parcels + 1))
            answer="\"output\":{\"tracking\":\"PX-$parcels\"}"
            ;;
        *release-stock)
            answer='"output":{"released":true}'
            ;;
        *send-mail)
            answer='"output":{"sent":true}'
            ;;
        *)
            answer="\"error\":\"UnknownActivity\",\"cause\":\"this worker does not know $activity\""
            ;;
    esac

    printf '{"id":%s,%s}\n' "$id" "$answer"
done
