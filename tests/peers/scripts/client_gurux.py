"""gurux-dlms reads a meter: association, clock, object list, release.

Settings come as JSON on standard input; what was found goes as JSON to standard output.
"""

import json
import socket
import sys

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, ObjectType, Security
from gurux_dlms.secure import GXDLMSSecureClient

LEVELS = {"none": Authentication.NONE, "lls": Authentication.LOW, "hls-gmac": Authentication.HIGH_GMAC}


class Conversation:
    def __init__(self, client, port):
        self.client = client
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.settimeout(5)

    def exchange(self, request):
        """Send frames one by one, pull what follows, and give the whole reply."""
        reply = GXReplyData()
        for frame in request if isinstance(request, list) else [request]:
            reply.clear()
            self._frame(frame, reply)
            while reply.isMoreData():
                self._frame(self.client.receiverReady(reply), reply)
        return reply

    def _frame(self, frame, reply):
        self.socket.sendall(bytes(frame))
        received = GXByteBuffer()
        while not self.client.getData(received, reply, GXReplyData()):
            octets = self.socket.recv(4096)
            if not octets:
                raise ConnectionError("the meter closed the connection")
            received.set(octets)
        if reply.error:
            raise RuntimeError(f"error {reply.error}")


def main():
    wanted = json.load(sys.stdin)
    interface = InterfaceType.HDLC if wanted["hdlc"] else InterfaceType.WRAPPER
    password = wanted["password"] if wanted["security"] == "lls" else None
    level = LEVELS[wanted["security"]]
    client = GXDLMSSecureClient(
        not wanted["short_names"], wanted["client_sap"], wanted["server_sap"], level, password, interface
    )
    if wanted["security"] == "hls-gmac":
        client.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
        client.ciphering.systemTitle = bytes.fromhex(wanted["system_title"])
        client.ciphering.blockCipherKey = bytes.fromhex(wanted["encryption_key"])
        client.ciphering.authenticationKey = bytes.fromhex(wanted["authentication_key"])
        client.ciphering.invocationCounter = wanted["invocation_counter"]
        client.useProtectedRelease = True  # else its RLRQ is 62 03 80 01 00, which a ciphered association refuses
    conversation = Conversation(client, wanted["port"])
    if wanted["hdlc"]:
        client.parseUAResponse(conversation.exchange(client.snrmRequest()).data)
    client.parseAareResponse(conversation.exchange(client.aarqRequest()).data)
    if level > Authentication.LOW:
        reply = conversation.exchange(client.getApplicationAssociationRequest())
        client.parseApplicationAssociationResponse(reply.data)
    objects = client.parseObjects(conversation.exchange(client.getObjectsRequest()).data, True)
    clock = bytes(conversation.exchange(client.read(objects.findByLN(ObjectType.CLOCK, "0.0.1.0.0.255"), 2)).value)
    conversation.exchange(client.releaseRequest())
    if wanted["hdlc"]:
        conversation.exchange(client.disconnectRequest())
    print(json.dumps({"clock": clock.hex(), "objects": [item.logicalName for item in objects]}))


main()
