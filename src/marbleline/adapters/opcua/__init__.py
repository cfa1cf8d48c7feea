"""OPC UA server with the parts of OPC 40100-1 (Machine Vision) that docs/opcua.md lists."""
